import type { Run } from '../core/run/run.ts';
import type { KubeClient } from '../kube/types.ts';
import { RUN_KINDS } from './runKinds.ts';
import { type EffectOptions, refOf, withSignal } from './target.ts';

/**
 * Asks for a run to be deleted. It goes once its exit handler is through (the operator's work), with its pods.
 * Throws NotFoundError when there is no such run, ConflictError when `uid` is given and the name is
 * another's, or `resourceVersion` is given and the run has changed since.
 */
export async function deleteRun(
  client: KubeClient,
  wish: {
    readonly namespace: string;
    readonly name: string;
    /** Left out: a Run. */
    readonly kind?: Run['kind'];
    readonly uid?: string;
    readonly resourceVersion?: string;
  },
  options: EffectOptions = {},
): Promise<void> {
  const { kind = 'Run', uid, resourceVersion } = wish;
  await client.delete(RUN_KINDS[kind].resource, refOf(wish), {
    ...withSignal(options),
    propagationPolicy: 'Background',
    ...(uid === undefined && resourceVersion === undefined
      ? {}
      : {
          preconditions: {
            ...(uid === undefined ? {} : { uid }),
            ...(resourceVersion === undefined ? {} : { resourceVersion }),
          },
        }),
  });
}
