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
  const object = await readNamed(client, resource, target, options);
  return object?.metadata?.uid === target.uid ? object : undefined;
}

/** The object that has the name now, past any cache, whatever its UID; undefined: there is none. */
export async function readNamed<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  named: { readonly namespace: string; readonly name: string },
  options: EffectOptions = {},
): Promise<T | undefined> {
  try {
    return await client.get(resource, refOf(named), withSignal(options));
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
