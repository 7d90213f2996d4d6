import type { Container } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import type { Pod } from '../pod.ts';
import type { Attempt } from './attempt.ts';
import { planPod } from './planPod.ts';

type State = 'running' | number;

/** Containers by name with the state of their last attempt; `init` and `side` come before the mains. */
function plan(
  states: Record<string, State>,
  more: { policy?: string; init?: string[]; mains?: string[] } = {},
): unknown {
  const container = (name: string): Container =>
    name.startsWith('side') ? { name, restartPolicy: 'Always' } : { name };
  const spec = {
    restartPolicy: more.policy ?? 'Never',
    initContainers: (more.init ?? []).map(container),
    containers: (more.mains ?? ['main']).map(container),
  };
  const attempts = (name: string): Attempt[] => {
    const state = states[name];
    if (state === undefined) return [];
    const common = { number: 0, id: name, startedAt: 0 };
    if (state === 'running') return [{ kind: 'running', ...common }];
    return [{ kind: 'ended', ...common, finishedAt: 1, exitCode: state, reason: 'x', message: undefined }];
  };
  const next = planPod({ pod: { spec } as unknown as Pod, attempts, hasStarted: () => true });
  return next.kind === 'run' ? next.start.map((one) => one.name) : next.phase;
}

describe('planPod', () => {
  it('starts main containers together', () => {
    expect(plan({}, { mains: ['a', 'b'] })).toEqual(['a', 'b']);
  });

  it('goes through init containers one by one, past a sidecar that runs', () => {
    const init = ['first', 'side', 'second'];
    expect(plan({}, { init })).toEqual(['first']);
    expect(plan({ first: 'running' }, { init })).toEqual([]);
    expect(plan({ first: 0 }, { init })).toEqual(['side']);
    expect(plan({ first: 0, side: 'running' }, { init })).toEqual(['second']);
    expect(plan({ first: 0, side: 'running', second: 0 }, { init })).toEqual(['main']);
  });

  it('ends with a failed init container only where nothing is restarted', () => {
    expect(plan({ first: 1 }, { init: ['first'] })).toBe('Failed');
    expect(plan({ first: 1 }, { init: ['first'], policy: 'OnFailure' })).toEqual(['first']);
  });

  it('restarts by the policy of the pod', () => {
    expect(plan({ main: 1 })).toBe('Failed');
    expect(plan({ main: 0 })).toBe('Succeeded');
    expect(plan({ main: 1 }, { policy: 'OnFailure' })).toEqual(['main']);
    expect(plan({ main: 0 }, { policy: 'OnFailure' })).toBe('Succeeded');
    expect(plan({ main: 0 }, { policy: 'Always' })).toEqual(['main']);
  });

  it('waits for all main containers and fails with one of them', () => {
    const mains = ['a', 'b'];
    expect(plan({ a: 1, b: 'running' }, { mains })).toEqual([]);
    expect(plan({ a: 1, b: 0 }, { mains })).toBe('Failed');
  });

  it('restarts a sidecar while main runs, and never holds the pod up for one', () => {
    expect(plan({ side: 1, main: 'running' }, { init: ['side'] })).toEqual(['side']);
    expect(plan({ side: 'running', main: 0 }, { init: ['side'] })).toBe('Succeeded');
  });
});
