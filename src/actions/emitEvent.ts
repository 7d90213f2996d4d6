import type { EventNote } from '../core/decide/decision.ts';
import type { Run } from '../core/run/run.ts';
import type { EventRecorder } from '../kube/events/recorder.ts';

/**
 * Tells people about a run by a Kubernetes Event on it. Only for what is already written. Never waits and never throws:
 * equal ones within minutes become one Event with a count, and an Event that can't be written is lost.
 */
export function emitEvent(recorder: Pick<EventRecorder, 'record'>, run: Run, note: EventNote): void {
  const { apiVersion, kind } = run;
  const { namespace = '', name = '', uid = '', resourceVersion = '' } = run.metadata;
  recorder.record({ ...note, object: { apiVersion, kind, namespace, name, uid, resourceVersion } });
}
