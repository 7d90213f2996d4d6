import { describe, expect, it } from 'vitest';
import type { QueueSpec } from '../queue/queue.ts';
import type { Run, RunSpec, RunStatus } from '../run/run.ts';
import { initialStatus } from '../run/status.ts';
import { aRun } from '../testing/aRun.ts';
import { NOW } from '../testing/fixedClock.ts';
import { queuePositions, queueSummaries } from './position.ts';
import { aQueue } from './testing/aDemand.ts';

const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

/** A run of queue `q` that was made so many seconds ago. */
function run(name: string, seconds: number, status: Partial<RunStatus>, spec: Partial<RunSpec> = {}): Run {
  const made = aRun()
    .named(name)
    .withSpec({ queue: 'q', ...spec })
    .withStatus({ ...initialStatus(), ...status })
    .build();
  return { ...made, metadata: { ...made.metadata, uid: name, creationTimestamp: ago(seconds) } };
}

const accepted: Partial<RunStatus> = {
  conditions: [
    { type: 'Accepted', status: 'True', reason: 'SpecValid', message: '', lastTransitionTime: ago(1) },
  ],
};
const running = (sinceSeconds: number): Partial<RunStatus> => ({
  ...accepted,
  phase: 'Running',
  timeline: { admittedAt: ago(sinceSeconds) },
});
const done = (tookSeconds: number): Partial<RunStatus> => ({
  ...accepted,
  phase: 'Succeeded',
  main: { outcome: 'Succeeded', reason: 'Completed', message: '' },
  timeline: { admittedAt: ago(500), finishedAt: ago(500 - tookSeconds) },
});
const view = (spec: QueueSpec, runs: readonly Run[]) => ({
  runs,
  queues: [aQueue('q', spec)],
  operatorNamespace: 'endwell-system',
  now: NOW,
});

describe('queuePositions', () => {
  it('tells each waiting run its place, what holds it, and when it may start', () => {
    const runs = [
      run('last', 900, done(100)),
      run('r', 90, running(40)),
      run('second', 20, accepted),
      run('first', 30, accepted),
    ];
    const positions = queuePositions(view({ maxRunning: 1 }, runs));
    expect(positions.get('first')).toEqual({
      queue: 'q',
      queueNamespace: 'team',
      position: 1,
      waiting: 2,
      reason: 'LimitReached',
      message: 'queue q runs 1 of at most 1 (maxRunning)',
      estimatedStartAt: NOW + 60_000,
    });
    expect(positions.get('second')).toMatchObject({ position: 2, estimatedStartAt: NOW + 160_000 });
    expect(positions.has('r')).toBe(false);
  });

  it('counts the time of the run that has its key, and of slots side by side', () => {
    const dedupe = { key: 'k' };
    const runs = [
      run('last', 900, done(100)),
      run('r', 90, running(40), { dedupe }),
      run('same', 30, accepted, { dedupe }),
      run('other', 20, accepted),
    ];
    const positions = queuePositions(view({ maxRunning: 2 }, runs));
    expect(positions.get('same')).toMatchObject({
      reason: 'DuplicateWaits',
      message: 'run r has its key (key "k") and has not ended yet',
      estimatedStartAt: NOW + 60_000,
    });
    expect(positions.get('other')).toMatchObject({ reason: 'Starting', position: 2 });
  });

  it('says of a run between two attempts that it waits for its time, in a queue without limits too', () => {
    const waits = run('again', 60, { ...accepted, retryAt: new Date(NOW + 30_000).toISOString() });
    expect(queuePositions(view({}, [waits])).get('again')).toMatchObject({
      reason: 'RetryWaits',
      message: expect.stringContaining('its next attempt may start at'),
    });
  });

  it('guesses nothing where no run of the queue has ended', () => {
    const runs = [run('r', 90, running(40)), run('a', 30, accepted)];
    expect(queuePositions(view({ maxRunning: 1 }, runs)).get('a')?.estimatedStartAt).toBeUndefined();
  });

  it('says that a queue is missing', () => {
    const positions = queuePositions(view({}, [run('a', 30, accepted, { queue: 'gone' })]));
    expect(positions.get('a')).toMatchObject({
      queue: 'gone',
      queueNamespace: undefined,
      reason: 'QueueMissing',
    });
  });
});

describe('queueSummaries', () => {
  it('lists built-in queues beside those that exist, with what they hold', () => {
    const runs = [run('r', 90, running(40)), run('a', 30, accepted), run('b', 9, {}, { queue: 'default' })];
    expect(queueSummaries(view({ maxRunning: 1 }, runs))).toEqual([
      {
        name: 'build',
        namespace: undefined,
        spec: { maxRunning: 10 },
        running: 0,
        queued: 0,
        oldestQueuedAt: undefined,
      },
      { name: 'default', namespace: undefined, spec: {}, running: 0, queued: 0, oldestQueuedAt: undefined },
      {
        name: 'q',
        namespace: 'team',
        spec: { maxRunning: 1 },
        running: 1,
        queued: 1,
        oldestQueuedAt: NOW - 30_000,
      },
    ]);
  });
});
