import type { ContainerState, Pod } from 'kubernetes-types/core/v1.d.ts';
import { GATE } from '../naming/naming.ts';
import { hasEnded, isTerminating } from '../pod/podFacts.ts';

/** Whether a kubelet would start a pod: it was not started yet, no gate holds it, and nobody wants it gone. */
export function mayStart(pod: Pod): boolean {
  return (
    (pod.spec?.schedulingGates ?? []).length === 0 && pod.status?.phase === 'Pending' && !isTerminating(pod)
  );
}

/** A pod without our scheduling gate. */
export function ungatedPod(pod: Pod): Pod {
  const schedulingGates = (pod.spec?.schedulingGates ?? []).filter((gate) => gate.name !== GATE);
  return { ...pod, spec: { ...pod.spec, containers: pod.spec?.containers ?? [], schedulingGates } };
}

/** A pod whose main container has started on a node. */
export function startedPod(pod: Pod, node: string, now: number): Pod {
  const bound = { ...pod, spec: { ...pod.spec, containers: pod.spec?.containers ?? [], nodeName: node } };
  return withMain(bound, 'Running', { running: { startedAt: second(now) } });
}

/** A pod whose main container has ended. */
export function endedPod(pod: Pod, exitCode: number, now: number): Pod {
  const terminated = { exitCode, startedAt: second(now), finishedAt: second(now) };
  return withMain(pod, exitCode === 0 ? 'Succeeded' : 'Failed', { terminated });
}

/** A pod that its kubelet ended to make room. */
export function evictedPod(pod: Pod): Pod {
  const why = { reason: 'Evicted', message: 'The node was low on resource: memory' };
  return { ...pod, status: { ...pod.status, phase: 'Failed', ...why } };
}

/** A pod that the cluster calls failed because its node is gone. */
export function lostPod(pod: Pod): Pod {
  return hasEnded(pod) ? pod : { ...pod, status: { ...pod.status, phase: 'Failed' } };
}

/** A pod whose deletion is asked for; asking again changes nothing. */
export function askedToGo(pod: Pod, graceSeconds: number, now: number): Pod {
  return isTerminating(pod) ? pod : terminatingPod(pod, graceSeconds, now);
}

/** A pod that somebody wants gone; one that is on no node has no grace. */
export function terminatingPod(pod: Pod, graceSeconds: number, now: number): Pod {
  const grace = pod.spec?.nodeName === undefined ? 0 : graceSeconds;
  const deletionTimestamp = new Date(now + grace * 1000).toISOString();
  return { ...pod, metadata: { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: grace } };
}

function withMain(pod: Pod, phase: string, state: ContainerState): Pod {
  const name = pod.spec?.containers[0]?.name ?? 'main';
  const main = { name, state, image: '', imageID: '', ready: false, restartCount: 0 };
  return { ...pod, status: { ...pod.status, phase, containerStatuses: [main] } };
}

/** Kubelets write whole seconds. */
function second(now: number): string {
  return new Date(Math.floor(now / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
