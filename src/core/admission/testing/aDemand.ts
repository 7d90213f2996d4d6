import type { Queue, QueueSpec } from '../../queue/queue.ts';
import { QueueIndex } from '../../queue/resolveQueue.ts';
import { NOW } from '../../testing/fixedClock.ts';
import type { Dedupe, Demand, Policy } from '../demand.ts';
import type { AdmissionState } from '../pass.ts';

/** A run that is accepted and waits in queue `q`, created a minute ago. */
export function aDemand(name: string, change: Partial<Demand> = {}): Demand {
  return {
    uid: `uid-${name}`,
    namespace: 'team',
    name,
    queue: 'q',
    priority: 0,
    createdAt: NOW - 60_000,
    subject: undefined,
    dedupe: undefined,
    kind: 'Run',
    standing: 'waiting',
    retryAt: undefined,
    hasStarted: false,
    isStopping: false,
    isLeftAlone: false,
    revision: 1,
    ...change,
  };
}

/** A run that nobody has decided on. */
export function aNewDemand(name: string, change: Partial<Demand> = {}): Demand {
  return aDemand(name, { standing: 'new', revision: 0, ...change });
}

/** How a run shares the key `k`. */
export function aKey(policy: Policy = 'Queue', change: Partial<Dedupe> = {}): Dedupe {
  return { key: 'k', text: 'key "k"', policy, afterFailureSeconds: 0, ...change };
}

/** A Queue object of namespace `team`. */
export function aQueue(name: string, spec: QueueSpec, namespace = 'team'): Queue {
  return { apiVersion: 'endwell.dev/v1', kind: 'Queue', metadata: { name, namespace }, spec };
}

/** Runs in queue `q` of this spec, every new one found valid. */
export function aState(
  spec: QueueSpec,
  demands: readonly Demand[],
  change: Partial<AdmissionState> = {},
): AdmissionState {
  return {
    demands,
    lastEnds: new Map(),
    queues: new QueueIndex([aQueue('q', spec)], 'endwell-system'),
    grants: new Map(),
    isJudged: () => true,
    isMissing: () => false,
    turns: new Map(),
    now: NOW,
    ...change,
  };
}
