import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { isSilentlyPending } from '../pod/diagnosePending.ts';
import type { Beside } from '../pod/podEnd.ts';
import { nameOf, uidOf } from '../pod/podFacts.ts';
import { isSlowStart } from '../pod/pulledAt.ts';
import type { PodEvent } from './decision.ts';
import type { StepInput, StepResult } from './step.ts';

/** What is known beside a pod whose end is to be classified. Events that were read before its last change are none. */
export function besideOf(input: StepInput, pod: Pod): Beside {
  const { nodes, deletionsSeen } = input.snapshot;
  return {
    node: nodes.get(pod.spec?.nodeName ?? ''),
    events: eventsSince(input, pod),
    askedAt: deletionsSeen.get(uidOf(pod)),
  };
}

/** A start that takes no longer than this needs no explanation: most images are on their node. */
const FIRST_READ_MS = 5_000;

/** Pauses between two reads while the pod stays as it is: news is rare, and half the runs of a bad night wait at once. */
const PAUSES_MS = [15_000, 40_000] as const;
const LAST_PAUSE_MS = 60_000;

/** What is known beside a pod that has not started; its Events as they were last read, whenever that was. */
export function besidePending(input: StepInput, pod: Pod): Beside {
  const node = input.snapshot.nodes.get(pod.spec?.nodeName ?? '');
  return { node, events: input.snapshot.podEvents.get(uidOf(pod))?.events };
}

/**
 * When the Events about a pod that waits in silence are to be read next, ms since the epoch; undefined where its own status
 * says what holds it up, or nothing does.
 *
 * @param since when the wait began, ms since the epoch
 */
export function pendingEventsDue(input: StepInput, pod: Pod, since: number | undefined): number | undefined {
  if (since === undefined || !isSilentlyPending(pod)) {
    return undefined;
  }
  const read = input.snapshot.podEvents.get(uidOf(pod));
  if (read === undefined) {
    return since + FIRST_READ_MS;
  }
  const isNews = read.podVersion !== pod.metadata?.resourceVersion;
  return read.readAt + (isNews ? FIRST_READ_MS : (PAUSES_MS[read.times - 1] ?? LAST_PAUSE_MS));
}

/** Before a pod is judged that waits in silence: reads what is said about it, if that was not read since its last change. */
export function readBeforeJudging(input: StepInput, pod: Pod): StepResult | undefined {
  return isSilentlyPending(pod) && eventsSince(input, pod) === undefined
    ? readPodEvents(pod, 'its own status does not say why it waits')
    : undefined;
}

/** Reads what is said about a pod that was slow to start, if that was not read since: only its Events tell of the pull. */
export function readSlowStart(input: StepInput, pod: Pod): StepResult | undefined {
  return isSlowStart(pod, FIRST_READ_MS) && eventsSince(input, pod) === undefined
    ? readPodEvents(pod, 'they may say when its image was pulled')
    : undefined;
}

/** Asks for what the cluster's components said about a pod: a read, never a write. */
export function readPodEvents(pod: Pod, why: string): StepResult {
  return {
    kind: 'first',
    said: `reads the Events about ${nameOf(pod)}: ${why}`,
    action: { kind: 'readPodEvents', podName: nameOf(pod), podUID: uidOf(pod) },
  };
}

function eventsSince(input: StepInput, pod: Pod): readonly PodEvent[] | undefined {
  const read = input.snapshot.podEvents.get(uidOf(pod));
  return read === undefined || read.podVersion !== pod.metadata?.resourceVersion ? undefined : read.events;
}
