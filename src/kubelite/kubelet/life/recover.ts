import type { ContainerStatus } from 'kubernetes-types/core/v1.d.ts';
import type { Pod } from '../pod.ts';
import { type Attempt, type EndedAttempt, unknownEnd } from './attempt.ts';

/**
 * What the API remembers of a container's latest attempt when the node has no trace of it: an end stays what it was, and
 * something that ran has ended nobody knows how. Undefined when it never ran.
 */
export function attemptFromStatus(pod: Pod, container: string, now: number): Attempt | undefined {
  const all = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const status = all.find((one) => one.name === container);
  if (!status) return undefined;
  const { running } = status.state ?? {};
  const terminated = status.state?.terminated ?? (running ? undefined : status.lastState?.terminated);
  const began = { number: status.restartCount, id: status.containerID ?? '' };
  if (running) return unknownEnd({ ...began, startedAt: time(running.startedAt) ?? now }, now);
  if (!terminated) return undefined;
  const finishedAt = time(terminated.finishedAt) ?? now;
  return {
    kind: 'ended',
    ...began,
    startedAt: time(terminated.startedAt) ?? finishedAt,
    finishedAt,
    exitCode: terminated.exitCode,
    reason: terminated.reason ?? 'Error',
    message: terminated.message,
  } satisfies EndedAttempt;
}

function time(
  value: NonNullable<NonNullable<ContainerStatus['state']>['running']>['startedAt'],
): number | undefined {
  const ms = Date.parse(String(value));
  return Number.isNaN(ms) ? undefined : ms;
}
