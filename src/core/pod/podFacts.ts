import type {
  ContainerStateTerminated,
  ContainerStatus,
  Pod,
  PodCondition,
  PodSpec,
} from 'kubernetes-types/core/v1.d.ts';
import type { NodeFacts } from '../decide/decision.ts';
import { FINALIZER, GATE, LABEL, MAIN_CONTAINER } from '../naming/naming.ts';
import { timeOf } from '../run/conditions.ts';
import type { Stage } from '../run/run.ts';

/** Name of the main container: the one named `main`, else the only one; undefined when neither exists. */
export function mainContainerName(spec: Partial<PodSpec> | undefined): string | undefined {
  const containers = spec?.containers ?? [];
  const named = containers.find((container) => container.name === MAIN_CONTAINER);
  return (named ?? (containers.length === 1 ? containers[0] : undefined))?.name;
}

/** Name of a pod; '' for an object without one. */
export function nameOf(pod: Pod): string {
  return pod.metadata?.name ?? '';
}

/** UID of a pod; '' for an object without one. */
export function uidOf(pod: Pod): string {
  return pod.metadata?.uid ?? '';
}

/** Whether a pod belongs to a stage, by our label. */
export function isStage(pod: Pod, stage: Stage): boolean {
  return pod.metadata?.labels?.[LABEL.stage] === stage;
}

/** Whether our scheduling gate still holds the pod. */
export function isGated(pod: Pod): boolean {
  return pod.spec?.schedulingGates?.some((gate) => gate.name === GATE) ?? false;
}

/** Whether somebody has asked for the pod's deletion. */
export function isTerminating(pod: Pod): boolean {
  return pod.metadata?.deletionTimestamp !== undefined;
}

/** Whether the pod still carries our finalizer. */
export function isHeld(pod: Pod): boolean {
  return pod.metadata?.finalizers?.includes(FINALIZER.outcome) ?? false;
}

/**
 * Whether a pod has ended: its phase is terminal, or it was never bound to a node and is being deleted. A container
 * that has ended in a pod of phase Running does not count: others may still run.
 */
export function hasEnded(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return (
    phase === 'Succeeded' || phase === 'Failed' || (isTerminating(pod) && pod.spec?.nodeName === undefined)
  );
}

/**
 * Whether a bound pod's node is proved to be gone: a fresh read found no such node, or it does not answer and its
 * administrator has marked it out of service. A node that still answers may still run the pod, whatever its taints say.
 */
export function isLostWithNode(pod: Pod, node: NodeFacts | undefined): boolean {
  return (
    pod.spec?.nodeName !== undefined &&
    node !== undefined &&
    (!node.exists || (node.outOfService && !node.ready))
  );
}

/** When the deletion was asked for, ms since the epoch: deletionTimestamp lies one grace period later. */
export function deletionAskedAt(pod: Pod): number | undefined {
  const due = timeOf(pod.metadata?.deletionTimestamp);
  return due === undefined ? undefined : due - (pod.metadata?.deletionGracePeriodSeconds ?? 0) * 1000;
}

/** The status of the main container, as far as the kubelet has reported one. */
export function mainStatus(pod: Pod): ContainerStatus | undefined {
  const name = mainContainerName(pod.spec);
  return pod.status?.containerStatuses?.find((status) => status.name === name);
}

/** How the main container ended; undefined while it has not. */
export function mainTerminated(pod: Pod): ContainerStateTerminated | undefined {
  return mainStatus(pod)?.state?.terminated;
}

/**
 * When the main container started (the node's clock); undefined while it has not, and when it never could: of a program
 * that can't be run the kubelet says that it started at the epoch.
 */
export function mainStartedAt(pod: Pod): string | undefined {
  const state = mainStatus(pod)?.state;
  const startedAt = state?.running?.startedAt ?? state?.terminated?.startedAt ?? undefined;
  return timeOf(startedAt) === 0 ? undefined : startedAt;
}

/** Whether a main container has started, be it ended by now. */
export function hasMainStarted(pod: Pod): boolean {
  const state = mainStatus(pod)?.state;
  return (
    state?.running !== undefined || (state?.terminated !== undefined && mainStartedAt(pod) !== undefined)
  );
}

/** Whether an init container or main has started: scheduling and the first pull are over. */
export function hasAnyStarted(pod: Pod): boolean {
  const begun = (status: ContainerStatus) =>
    status.state?.running !== undefined || status.state?.terminated !== undefined;
  return [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].some(begun);
}

/** The condition of a type, if the pod has it. */
export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}
