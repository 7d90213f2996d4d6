import type { KubeClient, KubeObject, Resource } from '../kube/types.ts';
import { removeListItem } from './removeListItem.ts';
import type { EffectOptions, Target } from './target.ts';

/**
 * Removes one finalizer of ours. Returns the object without it, undefined when that is gone.
 * Safe to repeat: a finalizer that isn't there any more is success.
 */
export async function releaseFinalizer<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  target: Target & { readonly known?: T },
  finalizer: string,
  options: EffectOptions = {},
): Promise<T | undefined> {
  return removeListItem(
    client,
    resource,
    target,
    {
      path: '/metadata/finalizers',
      items: (object) => object.metadata?.finalizers ?? [],
      isItem: (item) => item === finalizer,
    },
    options,
  );
}
