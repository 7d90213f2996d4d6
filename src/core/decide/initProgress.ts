import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1.d.ts';
import { podCondition } from '../pod/podFacts.ts';
import { timeOf } from '../run/conditions.ts';

/**
 * When an init container last changed its state, ms since the epoch; undefined while none is at work. The stamps are
 * the node's clock: one that goes ahead is held back to now, one that lags is moved on by as much as it is proved to lag,
 * for a pod is scheduled before its node takes it.
 */
export function initChangedAt(pod: Pod, now: number): number | undefined {
  const sidecars = new Set(
    (pod.spec?.initContainers ?? []).filter((one) => one.restartPolicy === 'Always').map((one) => one.name),
  );
  const statuses = pod.status?.initContainerStatuses ?? [];
  if (!statuses.some((one) => one.state?.running !== undefined && !sidecars.has(one.name))) {
    return undefined;
  }
  const stamps = statuses.flatMap(stampsOf).filter((at) => at !== undefined);
  return stamps.length === 0 ? undefined : Math.min(now, Math.max(...stamps) + lagOf(pod));
}

function stampsOf({ state, lastState }: ContainerStatus): (number | undefined)[] {
  return [state?.running?.startedAt, state?.terminated?.finishedAt, lastState?.terminated?.finishedAt].map(
    timeOf,
  );
}

function lagOf(pod: Pod): number {
  const scheduled = podCondition(pod, 'PodScheduled');
  const scheduledAt = scheduled?.status === 'True' ? timeOf(scheduled.lastTransitionTime) : undefined;
  const takenAt = timeOf(pod.status?.startTime);
  return scheduledAt === undefined || takenAt === undefined ? 0 : Math.max(0, scheduledAt - takenAt);
}
