import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Condition } from 'kubernetes-types/meta/v1.d.ts';
import { describe, expect, it } from 'vitest';
import { LABEL } from '../../../core/naming/naming.ts';
import type { Run, RunStatus, Stage } from '../../../core/run/run.ts';
import { LIVES } from './canaries.ts';
import { type Breach, countBreaches } from './count.ts';
import { Sightings } from './sightings.ts';
import { measureTimes, percentile } from './times.ts';

const made = (life: keyof typeof LIVES, uid = 'u1') => ({ canary: { name: 'c', life: LIVES[life] }, uid });

function run(change: Partial<RunStatus> | undefined, uid = 'u1'): Run {
  const metadata = { uid, name: 'c', namespace: 'drill' };
  const run = { apiVersion: 'endwell.dev/v1', kind: 'Run', metadata, spec: { main: {} } } as const;
  if (change === undefined) return run;
  const accepted: Condition = {
    type: 'Accepted',
    status: 'True',
    reason: 'SpecValid',
    message: '',
    lastTransitionTime: '',
  };
  const status: RunStatus = {
    phase: 'Queued',
    revision: 1,
    conditions: [],
    attempts: [],
    timeline: {},
    ...change,
  };
  return { ...run, status: { ...status, conditions: [accepted, ...status.conditions] } };
}

const handled = (status: 'True' | 'False', reason: string): Condition => ({
  type: 'ExitHandled',
  status,
  reason,
  message: '',
  lastTransitionTime: '',
});
const completed = { outcome: 'Succeeded', reason: 'Completed', message: 'it ended with 0' } as const;
const succeeded: Partial<RunStatus> = {
  phase: 'Succeeded',
  main: completed,
  conditions: [handled('True', 'Completed')],
};

function pod(uid: string, stage: Stage, exitCode: number | undefined, runUid = 'u1'): Pod {
  const labels = { [LABEL.runUid]: runUid, [LABEL.stage]: stage, [LABEL.attempt]: '1' };
  const startedAt = '2030-01-01T00:00:00Z';
  const state = exitCode === undefined ? { running: { startedAt } } : { terminated: { exitCode, startedAt } };
  return {
    metadata: { uid, name: `c-${uid}`, namespace: 'drill', labels },
    spec: { nodeName: 'n', containers: [{ name: 'main', image: 'x' }] },
    status: {
      phase: exitCode === undefined ? 'Running' : exitCode === 0 ? 'Succeeded' : 'Failed',
      containerStatuses: [{ name: 'main', image: 'x', imageID: '', ready: false, restartCount: 0, state }],
    },
  };
}

const isRun = (object: Run | Pod): object is Run => object.kind === 'Run';

/** What a watch has seen: each state in turn, one a millisecond. */
function sightings(...states: readonly (Run | Pod)[]): Sightings {
  const seen = new Sightings();
  for (const [at, object] of states.entries()) {
    const change = { kind: 'added', key: '', initial: false } as const;
    if (isRun(object)) seen.onRun({ ...change, object }, at);
    else seen.onPod({ ...change, object }, at);
  }
  return seen;
}

const promisesOf = (breaches: readonly Breach[]) => breaches.map(({ promise }) => promise);
const wellHandled = [pod('m', 'main', 0), pod('x', 'exit', 0)];

describe('countBreaches', () => {
  it('finds nothing in a run that was accepted, ended once, was handled and explained', () => {
    const seen = sightings(run({ phase: 'Running' }), ...wellHandled, run(succeeded));
    expect(countBreaches([made('succeeds')], seen)).toEqual([]);
  });

  it('calls a run that was never accepted so, and one that was refused by its reason', () => {
    const [never] = countBreaches([made('succeeds')], sightings(run(undefined)));
    expect(never).toEqual({ promise: 'notAccepted', said: 'run c was never accepted' });
  });

  it.each([
    ['has no end', [run({ phase: 'Exiting' })], 'has not ended: it is Exiting'],
    ['was stored and never seen', [], 'no watch has seen it'],
  ])('calls a run lost that %s', (_what, states, said) => {
    const breaches = countBreaches([made('succeeds')], sightings(...states));
    expect(promisesOf(breaches)).toEqual(['lost']);
    expect(breaches[0]?.said).toContain(said);
  });

  it('calls a run lost that is gone and never ended', () => {
    const seen = sightings(run({ phase: 'Running' }));
    seen.onRun({ kind: 'deleted', key: '', stale: false, object: run({ phase: 'Running' }) }, 1);
    const [breach] = countBreaches([made('succeeds')], seen);
    expect(breach?.said).toBe('run c is gone and never ended: it was Running');
  });

  it('calls two started mains of one attempt doubled, and two handlers that ended with 0', () => {
    const mains = sightings(...wellHandled, pod('m2', 'main', 0), run(succeeded));
    expect(promisesOf(countBreaches([made('succeeds')], mains))).toEqual(['doubled']);
    const handlers = sightings(...wellHandled, pod('x2', 'exit', 0), run(succeeded));
    expect(promisesOf(countBreaches([made('succeeds')], handlers))).toEqual(['doubled']);
  });

  it('does not call a second handler doubled where the first did not end with 0', () => {
    const seen = sightings(pod('m', 'main', 0), pod('x', 'exit', 137), pod('x2', 'exit', 0), run(succeeded));
    expect(countBreaches([made('handler-pod-deleted')], seen)).toEqual([]);
  });

  it('misses a handler that a status claims and no watch has seen', () => {
    const breaches = countBreaches([made('succeeds')], sightings(pod('m', 'main', 0), run(succeeded)));
    expect(promisesOf(breaches)).toEqual(['handlersMissing']);
    expect(breaches[0]?.said).toContain('though its status says that it was handled');
  });

  it('takes a handler for given up where that is stored with its reason, and says so where none should be', () => {
    const states = [
      pod('m', 'main', 0),
      pod('x', 'exit', 1),
      run({ ...succeeded, conditions: [handled('False', 'ExitCode')] }),
    ];
    expect(countBreaches([made('handler-fails')], sightings(...states))).toEqual([]);
    const breaches = countBreaches([made('succeeds')], sightings(...states));
    expect(promisesOf(breaches)).toEqual(['notExplained']);
    expect(breaches[0]?.said).toContain('gave its handler up: ExitCode');
  });

  it('does not take a wrong reason for an explanation, nor one without a message', () => {
    const wrong = sightings(...wellHandled, run(succeeded));
    const [breach] = countBreaches([made('running-pod-deleted')], wrong);
    expect(breach).toEqual({
      promise: 'notExplained',
      said: 'run c should have ended as Failed, PodDeleted; it says Succeeded, Completed: it ended with 0',
    });
    const silent = sightings(...wellHandled, run({ ...succeeded, main: { ...completed, message: '' } }));
    expect(promisesOf(countBreaches([made('succeeds')], silent))).toEqual(['notExplained']);
  });
});

describe('Sightings', () => {
  it('knows what is still there, and what another watch has seen and this one has not', () => {
    const all = sightings(run(succeeded), ...wellHandled);
    expect(all.present()).toEqual(['run c', 'pod c-m', 'pod c-x']);
    expect(sightings(run({ phase: 'Running' }), pod('m', 'main', 0)).missed(all)).toEqual([
      'pod c-x',
      'the end of run c',
    ]);
    expect(all.missed(all)).toEqual([]);
  });
});

describe('measureTimes', () => {
  const seen = sightings(
    run({ phase: 'Pending' }),
    pod('m', 'main', undefined),
    pod('m', 'main', 0),
    run({ phase: 'Exiting' }),
    run({ phase: 'Exiting' }),
    pod('x', 'exit', undefined),
  );

  it('takes the end of main and the first sight of the handler’s pod', () => {
    expect(measureTimes([made('succeeds')], seen, 'left alone')).toEqual({
      mainEndToHandlerP50: 3,
      mainEndToHandlerP99: 3,
      mainEndToHandlerRestarted: undefined,
      acceptedToStartedP50: 1,
    });
  });

  it('keeps what was measured during a restart apart', () => {
    expect(measureTimes([made('slow-main')], seen, 'restarted')).toEqual({
      mainEndToHandlerP50: undefined,
      mainEndToHandlerP99: undefined,
      mainEndToHandlerRestarted: 3,
      acceptedToStartedP50: undefined,
    });
  });
});

describe('percentile', () => {
  it('is one of the values, by nearest rank', () => {
    expect(percentile([30, 10, 20, 40], 0.5)).toBe(20);
    expect(percentile([30, 10, 20, 40], 0.99)).toBe(40);
    expect(percentile([], 0.5)).toBeUndefined();
  });
});
