import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1.d.ts';
import type { PodEvent } from '../decide/decision.ts';
import { deletionAskedAt, isTerminating, nameOf, uidOf } from '../pod/podFacts.ts';
import { timeText } from '../run/conditions.ts';
import { isTerminal } from '../run/phases.ts';
import type { Run } from '../run/run.ts';
import { duration } from './duration.ts';
import type { LiveFacts } from './explain.ts';

/** Events of one pod that are worth a line: the last ones of a pod that has trouble. */
const MAX_EVENTS = 5;

/** Where it stands in its queue, what holds it, and when it may start. */
export function queueLines({ position, now }: LiveFacts): string[] {
  if (position === undefined) {
    return [];
  }
  const { queue, waiting, estimatedStartAt } = position;
  const start =
    estimatedStartAt === undefined
      ? 'when it starts can not be estimated: no run of the queue has ended yet'
      : `it may start at about ${timeText(estimatedStartAt)}${now === undefined ? '' : ` (in ${duration(estimatedStartAt - now)})`}`;
  return [`place ${position.position} of ${waiting} in queue ${queue}: ${position.message}; ${start}`];
}

/** What its pods look like now, and of a pod that has trouble what was said about it last. */
export function podLines(run: Run, { pods = [], events }: LiveFacts): string[] {
  return isTerminal(run.status?.phase)
    ? []
    : pods.flatMap((pod) => [podLine(pod), ...eventLines(events?.get(uidOf(pod)) ?? [])]);
}

function podLine(pod: Pod): string {
  const node = pod.spec?.nodeName === undefined ? 'on no node' : `on node ${pod.spec.nodeName}`;
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const containers = statuses.map(containerText).filter((text) => text !== '');
  const asked = deletionAskedAt(pod);
  const going = isTerminating(pod) && asked !== undefined ? `, deletion asked at ${timeText(asked)}` : '';
  const rest = containers.length === 0 ? '' : `: ${containers.join(', ')}`;
  return `pod ${nameOf(pod)} is ${pod.status?.phase ?? 'new'} ${node}${going}${rest}`;
}

function containerText({ name, state }: ContainerStatus): string {
  if (state?.running !== undefined) return `container ${name} runs`;
  if (state?.terminated !== undefined)
    return `container ${name} ended with exit code ${state.terminated.exitCode}`;
  const reason = state?.waiting?.reason;
  return reason === undefined ? '' : `container ${name} waits (${reason})`;
}

function eventLines(events: readonly PodEvent[]): string[] {
  return events
    .filter(({ type }) => type !== 'Normal')
    .slice(-MAX_EVENTS)
    .map(({ source, reason, message, count }) => {
      const times = count > 1 ? ` (${count} times)` : '';
      return `${source || 'an Event'} said: ${reason}: ${message}${times}`;
    });
}
