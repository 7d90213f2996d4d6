import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1.d.ts';
import type { StoredObject } from '../types.ts';
import { shortDuration } from './age.ts';

/** What the columns READY, STATUS and RESTARTS of a pod say. */
export interface PodSummary {
  readonly ready: string;
  readonly status: string;
  readonly restarts: string;
}

/** A running count over the pod's containers. */
interface Tally {
  ready: number;
  restarts: number;
  lastRestart: number;
  reason: string;
}

/** Sums a pod up as kubectl does: init containers first; a container's own reason goes before the phase. */
export function summarise(object: StoredObject, now: number): PodSummary {
  const pod = object as Pod;
  const tally: Tally = { ready: 0, restarts: 0, lastRestart: 0, reason: baseReason(pod) };
  const initializing = addInitContainers(pod, tally);
  if (!initializing || hasCondition(pod, 'Initialized')) addContainers(pod, tally);
  return {
    ready: `${tally.ready}/${containerCount(pod)}`,
    status: deletionReason(pod) ?? tally.reason,
    restarts: restartsText(tally, now),
  };
}

/** The cells of a pod's row, the wide ones included. */
export function podCells(object: StoredObject, now: number, age: string): readonly string[] {
  const { spec, status } = object as Pod;
  const { ready, status: reason, restarts } = summarise(object, now);
  const gates = spec?.readinessGates ?? [];
  const met = gates.filter(({ conditionType }) => hasCondition(object as Pod, conditionType)).length;
  return [
    object.metadata.name,
    ready,
    reason,
    restarts,
    age,
    status?.podIPs?.[0]?.ip || status?.podIP || '<none>',
    spec?.nodeName || '<none>',
    status?.nominatedNodeName || '<none>',
    gates.length === 0 ? '<none>' : `${met}/${gates.length}`,
  ];
}

function baseReason(pod: Pod): string {
  const gated = pod.status?.conditions?.some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  );
  if (gated) return 'SchedulingGated';
  return pod.status?.reason || pod.status?.phase || '';
}

function deletionReason(pod: Pod): string | undefined {
  if (!pod.metadata?.deletionTimestamp) return undefined;
  if (pod.status?.reason === 'NodeLost') return 'Unknown';
  return ['Succeeded', 'Failed'].includes(pod.status?.phase ?? '') ? undefined : 'Terminating';
}

function isSidecar(pod: Pod, name: string): boolean {
  return pod.spec?.initContainers?.find((one) => one.name === name)?.restartPolicy === 'Always';
}

function containerCount(pod: Pod): number {
  const sidecars = (pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return (pod.spec?.containers ?? []).length + sidecars.length;
}

/** True while an init container holds the others up. */
function addInitContainers(pod: Pod, tally: Tally): boolean {
  let sidecarRestarts = 0;
  for (const [at, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const sidecar = isSidecar(pod, status.name);
    addRestarts(status, tally);
    if (sidecar) sidecarRestarts += status.restartCount;
    if (status.state?.terminated?.exitCode === 0) continue;
    if (sidecar && status.started === true) {
      if (status.ready) tally.ready++;
      continue;
    }
    tally.reason = `Init:${initReason(pod, status, at)}`;
    return true;
  }
  tally.restarts = sidecarRestarts;
  return false;
}

function initReason(pod: Pod, { state }: ContainerStatus, at: number): string {
  if (state?.terminated) return state.terminated.reason || endText(state.terminated);
  const waiting = state?.waiting?.reason;
  if (waiting && waiting !== 'PodInitializing') return waiting;
  return `${at}/${(pod.spec?.initContainers ?? []).length}`;
}

function addContainers(pod: Pod, tally: Tally): void {
  let running = false;
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    addRestarts(status, tally);
    const { waiting, terminated, running: runs } = status.state ?? {};
    if (waiting?.reason) tally.reason = waiting.reason;
    else if (terminated) tally.reason = terminated.reason || endText(terminated);
    else if (status.ready && runs) {
      running = true;
      tally.ready++;
    }
  }
  if (tally.reason === 'Completed' && running) {
    tally.reason = hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
  }
}

function addRestarts(status: ContainerStatus, tally: Tally): void {
  tally.restarts += status.restartCount;
  const ended = Date.parse(status.lastState?.terminated?.finishedAt ?? '');
  if (ended > tally.lastRestart) tally.lastRestart = ended;
}

function endText(terminated: { readonly signal?: number; readonly exitCode: number }): string {
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

function restartsText({ restarts, lastRestart }: Tally, now: number): string {
  if (restarts === 0 || lastRestart === 0) return String(restarts);
  return `${restarts} (${shortDuration(now - lastRestart)} ago)`;
}

function hasCondition(pod: Pod, wanted: string): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === wanted && status === 'True') ?? false;
}
