import type { Container, PodSpec, PodStatus } from 'kubernetes-types/core/v1.d.ts';
import type { StoredObject } from '../types.ts';

/** A pod as the API holds it. */
export interface Pod extends StoredObject {
  spec: PodSpec;
  status?: PodStatus;
}

/** Kubernetes' default of `terminationGracePeriodSeconds`. */
const DEFAULT_GRACE_SECONDS = 30;

/** The object as a pod; the API lets no pod in that isn't one. */
export function podOf(object: StoredObject): Pod {
  return object as Pod;
}

/** `name_namespace(uid)`: how a kubelet's sentences name a pod. */
export function podRef(pod: Pod): string {
  return `${pod.metadata.name}_${pod.metadata.namespace ?? ''}(${pod.metadata.uid})`;
}

/** True for an init container that keeps running beside the main ones. */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/** Init containers, then main ones, in the order of the spec. */
export function allContainers(pod: Pod): readonly Container[] {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
}

/** Seconds between TERM and KILL: what the deletion asked for, else what the pod says, else 30. */
export function graceSeconds(pod: Pod): number {
  const asked = pod.metadata.deletionTimestamp ? pod.metadata.deletionGracePeriodSeconds : undefined;
  return asked ?? pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
}

/** True when nothing of the pod will ever run again. */
export function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}
