import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { askSeen } from '../core/pod/podEnd.ts';
import { uidOf } from '../core/pod/podFacts.ts';
import type { Change } from '../kube/watch/store.ts';

/**
 * Keeps when the deletion of each pod was asked for, ms by UID, as it was first seen: with its last delete a kubelet moves
 * what the pod itself says of that. What no sight told, as after a gap of the watch, is not kept.
 */
export function noteDeletion(seen: Map<string, number>, change: Change<Pod>): void {
  const uid = uidOf(change.object);
  if (change.kind === 'deleted') {
    seen.delete(uid);
    return;
  }
  const asked = askSeen(change.object, change.kind === 'updated' ? change.previous : undefined);
  if (asked !== undefined) seen.set(uid, Math.min(asked, seen.get(uid) ?? asked));
}
