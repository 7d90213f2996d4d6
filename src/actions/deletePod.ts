import type { Verdict } from '../core/run/run.ts';
import { ConflictError, NotFoundError } from '../kube/errors.ts';
import { pods } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';
import { readFresh } from './readFresh.ts';
import { type EffectOptions, refOf, type Target, withSignal } from './target.ts';

/** What is deleted, and why: there is no deletion without a verdict. */
export interface PodDeletion extends Target {
  readonly verdict: Verdict;
  /** Left out: the pod's own grace. */
  readonly graceSeconds?: number;
  /** Only the pod as it was read: throws ConflictError when it has changed since. */
  readonly resourceVersion?: string;
}

/**
 * The only way in which Endwell deletes a pod. Returns `deleted` when the deletion was taken, `absent` when no pod of
 * that UID is there. Refuses to act without a reason: the verdict must be stored before this is called.
 */
export async function deletePod(
  client: KubeClient,
  deletion: PodDeletion,
  options: EffectOptions = {},
): Promise<'deleted' | 'absent'> {
  if (!deletion.verdict.reason) throw new Error(`deleting pod ${deletion.name}: the verdict names no reason`);
  const { uid, resourceVersion } = deletion;
  try {
    await client.delete(pods, refOf(deletion), {
      ...withSignal(options),
      preconditions: { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
      ...(deletion.graceSeconds === undefined ? {} : { gracePeriodSeconds: deletion.graceSeconds }),
    });
    return 'deleted';
  } catch (error) {
    if (error instanceof NotFoundError) return 'absent';
    if (!(error instanceof ConflictError)) throw error;
    // Mostly the precondition: the name belongs to another pod by now.
    if (await readFresh(client, pods, deletion, options)) throw error;
    return 'absent';
  }
}
