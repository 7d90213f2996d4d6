import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { identityAnnotations, identityLabels } from '../core/manifest/identityMarks.ts';
import { FINALIZER, LABEL } from '../core/naming/naming.ts';
import type { Run, Stage } from '../core/run/run.ts';
import { pods } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';
import { readNamed } from './readFresh.ts';
import { type EffectOptions, refOf, targetOf, withSignal } from './target.ts';

/** Which pod of a run is taken over. */
export interface PodToAdopt {
  readonly name: string;
  readonly stage: Stage;
  readonly attempt: number;
}

/**
 * Gives a pod that OpenMetadata's operator made the marks of one of ours, a main pod our finalizer too, and returns it as
 * stored. undefined: there is no pod of that name that belongs to the run. Safe to repeat. Throws ConflictError when the
 * pod has changed since it was read.
 */
export async function adoptPod(
  client: KubeClient,
  run: Run,
  wanted: PodToAdopt,
  options: EffectOptions = {},
): Promise<Pod | undefined> {
  const named = { namespace: run.metadata.namespace ?? '', name: wanted.name };
  const found = await readNamed(client, pods, named, options);
  if (found === undefined || !belongsTo(found, run)) return undefined;
  if (found.metadata?.labels?.[LABEL.runUid] === run.metadata.uid) return found;
  const body = { metadata: marks(found, run, wanted) };
  return client.patch(pods, refOf(targetOf(found)), { type: 'merge', body }, withSignal(options));
}

/** Its owner is this very run: a label could be anybody's. */
export function belongsTo(pod: Pod, run: Run): boolean {
  return (
    pod.metadata?.ownerReferences?.some(({ kind, uid }) => kind === run.kind && uid === run.metadata.uid) ??
    false
  );
}

/** uid and resourceVersion are preconditions. A pod that is being deleted takes no new finalizer. */
function marks(pod: Pod, run: Run, { stage, attempt }: PodToAdopt): object {
  const { uid, resourceVersion, finalizers = [], deletionTimestamp } = pod.metadata ?? {};
  const holds = stage === 'main' && deletionTimestamp === undefined;
  return {
    uid,
    resourceVersion,
    labels: identityLabels(run, stage, attempt),
    annotations: identityAnnotations(run),
    ...(holds ? { finalizers: [...finalizers, FINALIZER.outcome] } : {}),
  };
}
