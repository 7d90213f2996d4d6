import type { KubeClient } from '../kube/types.ts';
import { runs } from './resources.ts';
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
    readonly uid?: string;
    readonly resourceVersion?: string;
  },
  options: EffectOptions = {},
): Promise<void> {
  const { uid, resourceVersion } = wish;
  await client.delete(runs, refOf(wish), {
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
