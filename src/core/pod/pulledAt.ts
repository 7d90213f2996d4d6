import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { PodEvent } from '../decide/decision.ts';
import { timeOf, timeText } from '../run/conditions.ts';
import { mainContainerName, mainStartedAt, podCondition } from './podFacts.ts';

/**
 * When the image of main was on its node (RFC 3339, the node's clock); undefined where nothing tells. A pod's status has no such
 * time. The Event `Pulled` has it. Without Events it is known where the two things that enclose the pull have one stamp: the end
 * of initialisation, of which the kubelet tells before it pulls for main, and main's start.
 *
 * @param events about the pod, oldest first, as far as they were read
 */
export function pulledAt(pod: Pod, events: readonly PodEvent[] = []): string | undefined {
  const main = mainContainerName(pod.spec);
  const told = events.filter(({ reason, container }) => reason === 'Pulled' && container === main).at(-1);
  if (told !== undefined) {
    return timeText(told.at);
  }
  return spanOfPull(pod) === 0 ? mainStartedAt(pod) : undefined;
}

/** Whether more than `ms` lie between the end of initialisation and the start of main: most images are on their node. */
export function isSlowStart(pod: Pod, ms: number): boolean {
  return (spanOfPull(pod) ?? 0) > ms;
}

/** Between the end of initialisation and main's start, ms; undefined while one of them is not told. */
function spanOfPull(pod: Pod): number | undefined {
  const initialised = podCondition(pod, 'Initialized');
  const from = initialised?.status === 'True' ? timeOf(initialised.lastTransitionTime) : undefined;
  const to = timeOf(mainStartedAt(pod));
  return from === undefined || to === undefined ? undefined : to - from;
}
