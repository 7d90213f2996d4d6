import { ANNOTATION } from '../core/naming/naming.ts';
import type { KubeClient, KubeObject, Resource } from '../kube/types.ts';
import { type EffectOptions, refOf, targetOf, withSignal } from './target.ts';

/**
 * Marks an object for deletion at `at` (RFC 3339); undefined takes the mark off. Either changes the object's version, so
 * that who decided on what it was before is refused. Throws ConflictError when it has changed since it was read,
 * NotFoundError when it is gone.
 */
export async function markForSweep<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  object: T,
  at: string | undefined,
  options: EffectOptions = {},
): Promise<T> {
  const { uid, resourceVersion } = object.metadata ?? {};
  const annotations = { [ANNOTATION.sweepAfter]: at ?? null };
  const body = { metadata: { uid, resourceVersion, annotations } };
  return client.patch(resource, refOf(targetOf(object)), { type: 'merge', body }, withSignal(options));
}
