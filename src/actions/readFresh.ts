import { NotFoundError } from '../kube/errors.ts';
import type { KubeClient, KubeObject, Resource } from '../kube/types.ts';
import { type EffectOptions, refOf, type Target, withSignal } from './target.ts';

/** The object as the API server has it now, past any cache; undefined: absent, for it has no such name or another UID. */
export async function readFresh<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  target: Target,
  options: EffectOptions = {},
): Promise<T | undefined> {
  try {
    const object = await client.get(resource, refOf(target), withSignal(options));
    return object.metadata?.uid === target.uid ? object : undefined;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
