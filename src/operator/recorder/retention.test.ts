import { describe, expect, it } from 'vitest';
import type { Run } from '../../core/run/run.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { MemoryHistory } from '../../store/testing/memoryHistory.ts';
import type { LogStore } from '../../store/types.ts';
import { forgetExpired, keepForgetting } from './retention.ts';

const DAY_MS = 86_400_000;

function runOf(name: string, endedAt: number): Run {
  const time = new Date(endedAt).toISOString();
  const condition = { type: 'Finished', status: 'True' as const, reason: 'Completed', message: '' };
  return {
    apiVersion: 'endwell.dev/v1',
    kind: 'Run',
    metadata: { name, namespace: 'etl', uid: name, creationTimestamp: time },
    spec: { main: {} },
    status: {
      phase: 'Succeeded',
      revision: 1,
      conditions: [{ ...condition, lastTransitionTime: time }],
      attempts: [],
      timeline: {},
    },
  };
}

async function world() {
  const clock = virtualClock(100 * DAY_MS);
  const history = new MemoryHistory();
  const deleted: string[] = [];
  let logFailure: Error | undefined;
  const logStore = {
    async deleteRun({ runUID }: { runUID: string }) {
      if (logFailure) throw logFailure;
      deleted.push(runUID);
    },
  } as unknown as LogStore;
  const row = (name: string, days: number) => ({ run: runOf(name, clock.now() - days * DAY_MS), at: 0 });
  await history.record([
    ...Array.from({ length: 250 }, (_, index) => ({ ...row(`old-${index}`, 31), deletedAt: 1 })),
    { ...row('young', 29), deletedAt: 1 },
    row('present', 90),
  ]);
  const troubles: unknown[] = [];
  const parts = {
    history,
    logStore,
    clock,
    random: () => 0.5,
    now: () => clock.now(),
    days: 30,
    onRound: () => {},
    onForgotten: () => {},
    onTrouble: (_what: string, error: unknown) => void troubles.push(error),
  };
  const left = async () => (await history.list({ limit: 500 })).runs.map(({ uid }) => uid).sort();
  return {
    clock,
    parts,
    deleted,
    troubles,
    left,
    failLogs: (error: Error | undefined) => (logFailure = error),
  };
}

describe('forgetExpired', () => {
  it('forgets what ended long ago and is gone from the cluster, logs and all, and nothing else', async () => {
    const w = await world();
    const round = forgetExpired(w.parts, new AbortController().signal);
    await w.clock.advance(10_000);
    await round;
    expect(await w.left()).toEqual(['present', 'young']);
    expect(w.deleted).toHaveLength(250);
  });

  it('forgets no run whose logs can not be deleted', async () => {
    const w = await world();
    w.failLogs(new Error('the log store is away'));
    await expect(forgetExpired(w.parts, new AbortController().signal)).rejects.toThrow('away');
    expect(await w.left()).toHaveLength(252);
  });
});

describe('keepForgetting', () => {
  it('makes up by the next round for one that failed, until it is ended', async () => {
    const w = await world();
    const end = new AbortController();
    w.failLogs(new Error('the log store is away'));
    const kept = keepForgetting(w.parts, end.signal);
    await w.clock.advance(3_700_000);
    expect(w.troubles).toHaveLength(1);
    w.failLogs(undefined);
    await w.clock.advance(3_700_000);
    expect(await w.left()).toEqual(['present', 'young']);
    end.abort();
    await w.clock.settle();
    await kept;
  });
});
