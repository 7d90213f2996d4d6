import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { GROUP, LABEL, subjectHash } from '../core/naming/naming.ts';
import { mainTerminated } from '../core/pod/podFacts.ts';
import type { Subject } from '../core/run/run.ts';
import { pods } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';
import { labelValue } from '../kubernetes/names.ts';
import { type EffectOptions, withSignal } from './target.ts';

/** Kind of the subjects whose pods other connector platforms label by `connection_id`. */
const CONNECTION = 'connection';
const CONNECTION_LABEL = 'connection_id';

/** Label selectors by which pods of a subject can be found that are no run's: each by itself. */
export function foreignSelectors(subject: Subject): string[] {
  const isConnection = subject.kind === CONNECTION && labelValue(subject.id).length === 0;
  return [
    `${LABEL.subject}=${subjectHash(subject)}`,
    ...(isConnection ? [`${CONNECTION_LABEL}=${subject.id}`] : []),
  ];
}

/** Pods that carry the label of a subject, whosever they are, each once; from the API server, not from a cache. */
export async function podsOfSubject(
  client: KubeClient,
  { namespace, subject }: { readonly namespace: string; readonly subject: Subject },
  options: EffectOptions = {},
): Promise<Pod[]> {
  const lists = await Promise.all(
    foreignSelectors(subject).map((labelSelector) =>
      client.listAll(pods, { namespace, labelSelector, ...withSignal(options) }),
    ),
  );
  const byUid = new Map(lists.flatMap(({ items }) => items.map((pod) => [pod.metadata?.uid ?? '', pod])));
  return [...byUid.values()];
}

/**
 * Whether a pod runs for a subject and belongs to no run: it has no run's label, or it says that a run owns it and that
 * run is not among those that exist. A pod has ended when its phase says so, or when its container `main` has: what only
 * uploads behind it is left in peace.
 *
 * @param runUids UIDs of all runs of the namespace, listed after the pods: a run is older than its pods
 */
export function isForeign(pod: Pod, runUids: ReadonlySet<string>): boolean {
  const phase = pod.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed' || mainTerminated(pod) !== undefined) return false;
  const runUid = pod.metadata?.labels?.[LABEL.runUid];
  if (runUid === undefined) return true;
  const isOurs = pod.metadata?.ownerReferences?.some(
    ({ apiVersion, kind, uid }) => apiVersion.startsWith(`${GROUP}/`) && kind === 'Run' && uid === runUid,
  );
  return isOurs === true && !runUids.has(runUid);
}
