import { ConflictError, InvalidError, isOutcomeUnknown, NotFoundError } from '../kube/errors.ts';
import type { KubeClient, KubeObject, Resource } from '../kube/types.ts';
import { readFresh } from './readFresh.ts';
import { type EffectOptions, refOf, type Target, withSignal } from './target.ts';

/** How often the list is read again after somebody else changed it between our read and our patch. */
const MAX_TRIES = 5;

/** Which item of which list goes. */
export interface ListItem<T> {
  /** JSON pointer of the list. */
  readonly path: string;
  readonly items: (object: T) => readonly unknown[];
  readonly isItem: (item: unknown) => boolean;
  /** Further operations of the same patch. */
  readonly alongside?: readonly object[];
}

/**
 * Removes one item of a list by a JSON patch that tests the object's UID and the item, so that neither a namesake nor
 * a neighbour is touched. Returns the object without the item; undefined when it is gone. `known` saves a first read.
 */
export async function removeListItem<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  target: Target & { readonly known?: T },
  item: ListItem<T>,
  options: EffectOptions = {},
): Promise<T | undefined> {
  let object = target.known ?? (await readFresh(client, resource, target, options));
  for (let tries = 1; object; tries += 1) {
    const index = item.items(object).findIndex(item.isItem);
    if (index < 0) return object;
    const body = removal(target.uid, item, index, item.items(object)[index]);
    try {
      const patch = { type: 'json', body } as const;
      return await client.patch(resource, refOf(target), patch, withSignal(options));
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      if (tries >= MAX_TRIES || !canHeal(error, options)) throw error;
      object = await readFresh(client, resource, target, options);
    }
  }
  return undefined;
}

function removal<T>(uid: string, item: ListItem<T>, index: number, value: unknown): object[] {
  const path = `${item.path}/${index}`;
  return [
    { op: 'test', path: '/metadata/uid', value: uid },
    { op: 'test', path, value },
    { op: 'remove', path },
    ...(item.alongside ?? []),
  ];
}

/** A test of the patch failed (422), another writer was first, or nobody knows whether it happened: a read tells. */
function canHeal(error: unknown, options: EffectOptions): boolean {
  if (options.signal?.aborted) return false;
  return error instanceof InvalidError || error instanceof ConflictError || isOutcomeUnknown(error);
}
