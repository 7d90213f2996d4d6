import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { PodEvent, PodEvents } from '../decide/decision.ts';
import { askSeen } from '../pod/podEnd.ts';
import { nameOf, uidOf } from '../pod/podFacts.ts';

/** Notes when the deletion of pods was asked for, ms by UID, as they are seen for the first time since. */
export function noteDeletions(seen: Map<string, number>, pods: readonly Pod[]): void {
  for (const pod of pods) {
    const asked = askSeen(pod, undefined);
    if (asked !== undefined && !seen.has(uidOf(pod))) seen.set(uidOf(pod), asked);
  }
}

/**
 * Notes what was said about a pod, by pod name, as read at that moment (ms since the epoch); of a pod that is not there
 * nothing.
 */
export function noteEvents(
  read: Map<string, PodEvents>,
  pod: Pod | undefined,
  said: ReadonlyMap<string, readonly PodEvent[]>,
  readAt: number,
): void {
  if (pod === undefined) return;
  const before = read.get(uidOf(pod));
  const podVersion = pod.metadata?.resourceVersion;
  const times = before?.podVersion === podVersion ? (before?.times ?? 0) + 1 : 1;
  read.set(uidOf(pod), { events: said.get(nameOf(pod)) ?? [], readAt, podVersion, times });
}
