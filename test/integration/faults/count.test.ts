import { describe, expect, it } from 'vitest';
import type { Run, RunStatus } from '../../../src/core/run/run.ts';
import { count, type Facts } from '../../faults/count.ts';
import type { Job } from '../../faults/job.ts';
import type { Call, Said } from '../../faults/receiver.ts';

const job: Job = { name: 'a', spec: { main: {} }, ends: ['Succeeded Completed'] };

function aRun(status: object): Run {
  const metadata = { name: 'a', uid: 'u', namespace: 'n' };
  return {
    apiVersion: 'endwell.dev/v1',
    kind: 'Run',
    metadata,
    spec: { main: {} },
    status: status as RunStatus,
  };
}

const good = {
  phase: 'Succeeded',
  conditions: [{ type: 'ExitHandled', status: 'True', reason: 'Completed' }],
  main: { outcome: 'Succeeded', reason: 'Completed', exitCode: 0 },
  exit: { podName: 'a-x1', receipt: { exitCode: 0 } },
};

const call = (said: Said, pod: string, life = pod): Call => ({ said, run: 'u', pod, life, code: 0, at: 1 });

/** All as it should be, but for what a test changes. */
function facts(change: Partial<Facts>): Facts {
  return {
    jobs: [job],
    runs: new Map([['a', aRun(good)]]),
    gone: new Set(),
    calls: [call('main', 'a-m1'), call('end', 'a-m1'), call('exit', 'a-x1')],
    started: new Map([['a-m1', new Set(['1'])]]),
    handled: new Map([['a', new Set(['a-x1'])]]),
    bound: new Map([['a-m1', 1]]),
    left: [],
    ...change,
  };
}

const NONE = { lost: 0, doubled: 0, missing: 0, givenUp: 0, repeated: 0, wrong: 0, left: 0 };
const withRun = (status: object) => ({ runs: new Map([['a', aRun({ ...good, ...status })]]) });

describe('count', () => {
  it('finds nothing wrong with a run that began once, ended as it should and was handled', () => {
    expect(count(facts({}))).toEqual({ runs: 1, ...NONE, problems: [] });
  });

  it.each<[string, Partial<Facts>, Partial<typeof NONE>]>([
    ['a run that nobody has seen', { runs: new Map() }, { lost: 1 }],
    ['a run that is gone', { gone: new Set(['a']) }, { lost: 1 }],
    ['a run that has not ended', withRun({ phase: 'Running' }), { lost: 1 }],
    ['a wrong end', withRun({ main: { outcome: 'Succeeded', reason: 'Unknown' } }), { wrong: 1 }],
    [
      'two pods of one name that a watch saw started',
      { started: new Map([['a-m1', new Set(['1', '2'])]]) },
      { doubled: 1 },
    ],
    ['a main pod that was bound twice', { bound: new Map([['a-m1', 2]]) }, { doubled: 1 }],
    [
      'a main that said twice that it began',
      { calls: [call('main', 'a-m1', 'one'), call('main', 'a-m1', 'two'), call('exit', 'a-x1')] },
      { doubled: 1 },
    ],
    ['a handler that was never called', { calls: [call('main', 'a-m1')] }, { missing: 1 }],
    [
      'a handler that was made again after it had ended with 0',
      { handled: new Map([['a', new Set(['a-x1', 'a-x2'])]]) },
      { doubled: 1 },
    ],
    ['what stayed', { left: ['pod/a-m1'] }, { left: 1 }],
  ])('blames %s', (_what, change, figures) => {
    const { problems, runs: _runs, ...counted } = count(facts(change));
    expect(counted).toEqual({ ...NONE, ...figures });
    expect(problems).toHaveLength(1);
  });

  it('takes a call that was sent twice for one', () => {
    const calls = [call('main', 'a-m1'), call('main', 'a-m1'), call('exit', 'a-x1'), call('exit', 'a-x1')];
    expect(count(facts({ calls })).problems).toEqual([]);
  });

  it('allows a handler to be called again when the one before has not ended well', () => {
    const calls = [call('exit', 'a-x1'), call('exit', 'a-x2')];
    const { problems, repeated } = count(facts({ calls, handled: new Map([['a', new Set(['a-x2'])]]) }));
    expect([problems, repeated]).toEqual([[], 1]);
  });

  it('allows a handler to be given up only with a stored reason, and only where that may be', () => {
    const givenUp = withRun({
      conditions: [{ type: 'ExitHandled', status: 'False', reason: 'NamespaceTerminating' }],
      exit: {},
    });
    const jobs = [{ ...job, mayGiveUp: true }];
    expect(count(facts({ calls: [], jobs, ...givenUp }))).toMatchObject({ missing: 0, givenUp: 1 });
    expect(count(facts({ calls: [], jobs })).missing).toBe(1);
    expect(count(facts({ calls: [], ...givenUp })).missing).toBe(1);
  });
});
