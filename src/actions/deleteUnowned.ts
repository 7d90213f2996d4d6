import type { KubeClient, KubeObject, Resource } from '../kube/types.ts';
import { type EffectOptions, refOf, targetOf, withSignal } from './target.ts';

/**
 * Deletes an object that nobody owns, as it was read. Throws ConflictError when it has changed since, or is another of
 * the same name; NotFoundError when it is gone. Pods have `deletePod`.
 */
export async function deleteUnowned<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  object: T,
  options: EffectOptions = {},
): Promise<void> {
  const { uid = '', resourceVersion = '' } = object.metadata ?? {};
  await client.delete(resource, refOf(targetOf(object)), {
    ...withSignal(options),
    propagationPolicy: 'Background',
    preconditions: { uid, resourceVersion },
  });
}
