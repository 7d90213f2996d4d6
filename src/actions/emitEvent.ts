import type { ObjectMeta } from 'kubernetes-types/meta/v1.d.ts';
import type { EventNote } from '../core/decide/decision.ts';
import type { EventRecorder } from '../kube/events/recorder.ts';

/** What an Event is about. */
export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/**
 * Tells people about an object of ours by a Kubernetes Event on it. Only for what is already written. Never waits and never throws:
 * equal ones within minutes become one Event with a count, and an Event that can't be written is lost.
 */
export function emitEvent(
  recorder: Pick<EventRecorder, 'record'>,
  { apiVersion, kind, metadata }: EventSubject,
  note: EventNote,
): void {
  const { namespace = '', name = '', uid = '', resourceVersion = '' } = metadata;
  recorder.record({ ...note, object: { apiVersion, kind, namespace, name, uid, resourceVersion } });
}
