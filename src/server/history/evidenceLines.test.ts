import { describe, expect, it } from 'vitest';
import type { RunStatus } from '../../core/run/run.ts';
import { aRun } from '../../core/testing/aRun.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { MemoryHistory } from '../../store/testing/memoryHistory.ts';
import { evidenceLines } from './evidenceLines.ts';
import type { FoundRun } from './findRun.ts';

const status: RunStatus = { phase: 'Running', revision: 3, conditions: [], attempts: [], timeline: {} };
const run = aRun().withStatus(status).build();
const found: FoundRun = { source: 'cluster', run };

/** A history that keeps everybody waiting, as while its database is being made. */
class SlowHistory extends MemoryHistory {
  override evidenceOf(): Promise<never> {
    return new Promise(() => {});
  }
}

const apiOf = (history: MemoryHistory, clock = virtualClock()) => ({
  stores: { history, logs: undefined },
  clock,
});

describe('evidenceLines', () => {
  it('answers without the history when that lets it wait', async () => {
    const clock = virtualClock();
    const lines = evidenceLines(apiOf(new SlowHistory(), clock), found);
    await clock.advance(2000);
    expect(await lines).toEqual([expect.stringMatching(/^kept: not known yet, .* ask again$/)]);
  });

  it('says why nothing is known when the history fails, and keeps no timer', async () => {
    const history = new MemoryHistory();
    history.failure = new Error('no route');
    const clock = virtualClock();
    expect(await evidenceLines(apiOf(history, clock), found)).toEqual([
      'kept: not known, for the history does not answer: no route',
    ]);
    await clock.settle();
    expect(clock.timers()).toBe(0);
  });

  it('says how much of the run is not recorded yet, and what was never seen', async () => {
    const history = new MemoryHistory();
    expect(await evidenceLines(apiOf(history), found)).toEqual(['not recorded yet: 3 of its 3 states']);
    const metadata = { ...run.metadata, creationTimestamp: '2026-03-01T09:00:00Z' };
    const seen = { ...run, metadata, status: { ...status, revision: 2 } };
    await history.record([{ run: seen, at: 1 }]);
    expect(await evidenceLines(apiOf(history), found)).toEqual([
      'not recorded: 1 of its 2 states (1)',
      'not recorded yet: 1 of its 3 states',
    ]);
  });

  it('says that a run is told from the history', async () => {
    const deletedAt = Date.parse('2026-03-01T10:00:00Z');
    const lines = await evidenceLines(apiOf(new MemoryHistory()), { source: 'history', run, deletedAt });
    expect(lines[0]).toBe(
      'told from the history: the cluster does not have it any more, which deleted it at 2026-03-01T10:00:00.000Z',
    );
  });
});
