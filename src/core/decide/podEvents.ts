import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Beside } from '../pod/podEnd.ts';
import { nameOf, uidOf } from '../pod/podFacts.ts';
import type { PodEvent } from './decision.ts';
import type { StepInput, StepResult } from './step.ts';

/** What is known beside a pod whose end is to be classified. Events that were read before its last change are none. */
export function besideOf(input: StepInput, pod: Pod): Beside {
  return { node: input.snapshot.nodes.get(pod.spec?.nodeName ?? ''), events: eventsSince(input, pod) };
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
