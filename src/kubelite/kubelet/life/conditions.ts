import type { ContainerStatus, PodCondition } from 'kubernetes-types/core/v1.d.ts';
import { isSidecar, type Pod } from '../pod.ts';

/** What the conditions of a pod are made of. */
export interface ConditionFacts {
  readonly pod: Pod;
  readonly phase: string;
  readonly init: readonly ContainerStatus[];
  readonly main: readonly ContainerStatus[];
  /** Volumes are there and nothing has ended the pod yet. */
  readonly prepared: boolean;
}

/** A condition without its times. */
type Verdict = Pick<PodCondition, 'type' | 'status'> & { reason?: string; message?: string };

/**
 * The kubelet's conditions with Kubernetes' reasons and sentences, in its order. Those that others set are kept, and
 * a condition whose status didn't change keeps its time. `now` is RFC 3339.
 */
export function podConditions(
  facts: ConditionFacts,
  old: readonly PodCondition[],
  now: string,
): PodCondition[] {
  const containersReady = containersReadyOf(facts);
  const verdicts: Verdict[] = [
    { type: 'PodReadyToStartContainers', status: facts.prepared ? 'True' : 'False' },
    initializedOf(facts),
    readyOf(facts, containersReady, old),
    containersReady,
    { type: 'PodScheduled', status: 'True' },
  ];
  const ours = verdicts.map((verdict) => withTimes(verdict, old, now));
  const types = new Set(verdicts.map((verdict) => verdict.type));
  return [...ours, ...old.filter((condition) => !types.has(condition.type))];
}

function withTimes(verdict: Verdict, old: readonly PodCondition[], now: string): PodCondition {
  const before = old.find((condition) => condition.type === verdict.type);
  const same = before?.status === verdict.status && before.lastTransitionTime !== undefined;
  return { ...verdict, lastTransitionTime: same ? before.lastTransitionTime : now } as PodCondition;
}

function initializedOf(facts: ConditionFacts): Verdict {
  const type = 'Initialized';
  if (facts.phase === 'Succeeded') return { type, status: 'True', reason: 'PodCompleted' };
  if (facts.main.some(hasRun)) return { type, status: 'True' };
  const missing = (facts.pod.spec.initContainers ?? [])
    .filter((container) => {
      const status = facts.init.find((one) => one.name === container.name);
      return isSidecar(container) ? !status?.started : !status?.ready;
    })
    .map((container) => container.name);
  if (missing.length === 0) return { type, status: 'True' };
  return {
    type,
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${missing.join(' ')}]`,
  };
}

function containersReadyOf(facts: ConditionFacts): Verdict {
  const type = 'ContainersReady';
  if (facts.phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
  if (facts.phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const sidecars = facts.init.filter((status) => isSidecarName(facts.pod, status.name));
  const unready = [...sidecars, ...facts.main].filter((status) => !status.ready).map((status) => status.name);
  if (unready.length === 0) return { type, status: 'True' };
  return {
    type,
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${unready.join(' ')}]`,
  };
}

function readyOf(facts: ConditionFacts, containersReady: Verdict, old: readonly PodCondition[]): Verdict {
  if (containersReady.status === 'False') return { ...containersReady, type: 'Ready' };
  const missing = (facts.pod.spec.readinessGates ?? [])
    .map((gate) => gate.conditionType)
    .filter((type) => !old.some((condition) => condition.type === type && condition.status === 'True'));
  if (missing.length === 0) return { type: 'Ready', status: 'True' };
  const sentences = missing.map((type) => gateSentence(type, old));
  return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: sentences.join(', ') };
}

function gateSentence(type: string, old: readonly PodCondition[]): string {
  const there = old.some((condition) => condition.type === type);
  if (there) return `the status of pod readiness gate "${type}" is not "True", but False`;
  return `corresponding condition of pod readiness gate "${type}" does not exist.`;
}

function hasRun(status: ContainerStatus): boolean {
  return Boolean(status.state?.running ?? status.state?.terminated ?? status.lastState?.terminated);
}

function isSidecarName(pod: Pod, name: string): boolean {
  return (pod.spec.initContainers ?? []).some((container) => container.name === name && isSidecar(container));
}
