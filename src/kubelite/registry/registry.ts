import { ApiStatusError, noSuchResource, notFound } from '../status.ts';
import type { DeleteRequest, Registry, RegistryEvent, ResourceInfo, StoredObject } from '../types.ts';
import { type Served, shownAs } from './catalogue.ts';
import { idOf, objectsNow } from './collection.ts';
import { type Core, collectionOf, headOf, type Target } from './core.ts';
import { createObject } from './create.ts';
import { deleteObject } from './delete.ts';
import { copyJson } from './metadata.ts';
import { bindPod } from './subresources.ts';
import { updateObject } from './update.ts';

/** The registry as controllers and kubelets use it: same rules as over HTTP, without the HTTP. */
export function createRegistry(core: Core): Registry {
  return {
    resource: (group, plural) => core.catalogue.find(group, undefined, plural)?.info,
    get(resource, namespace, name) {
      const served = servedOf(core, resource);
      const found = collectionOf(core, served).objects.get(idOf(namespace, name));
      return found && shownAs(served, found);
    },
    list(resource, namespace) {
      const served = servedOf(core, resource);
      return objectsNow(collectionOf(core, served), namespace ?? '').map(([, one]) => shownAs(served, one));
    },
    async create(resource, object) {
      const served = servedOf(core, resource);
      const namespace = resource.namespaced
        ? (object as Partial<StoredObject>).metadata?.namespace
        : undefined;
      return (await createObject(core, served, namespace, object, { fieldValidation: 'Ignore' })).object;
    },
    async update(resource, namespace, name, change, options) {
      const target = { served: servedOf(core, resource), namespace, name };
      return update(core, target, change, options?.subresource);
    },
    async delete(resource, namespace, name, options: DeleteRequest = {}) {
      await deleteObject(core, { served: servedOf(core, resource), namespace, name }, options);
    },
    watch: (resource, onEvent) => watch(core, servedOf(core, resource), onEvent),
  };
}

function servedOf(core: Core, resource: ResourceInfo): Served {
  const served = core.catalogue.find(resource.group, resource.version, resource.plural);
  if (!served) throw noSuchResource(`${resource.plural}.${resource.group} is not served`);
  return served;
}

async function update(
  core: Core,
  target: Target,
  change: (object: StoredObject) => StoredObject | undefined,
  subresource: 'status' | 'binding' | undefined,
): Promise<StoredObject | undefined> {
  if (subresource === 'binding') return unlessGone(target, bindPod(core, target, change));
  const head = headOf(core, target);
  if (!head) return undefined;
  // `change` sees the newest state and the write follows at once, so a conflict can't arise.
  const current = shownAs(target.served, head);
  const next = change(copyJson(current));
  if (next === undefined) {
    await core.store.settled();
    return current;
  }
  const wanted =
    subresource === 'status' ? { ...next, status: copyJson(next.status) } : (copyJson(next) as object);
  const work = updateObject(core, target, () => wanted, { subresource, fieldValidation: 'Ignore' });
  return unlessGone(
    target,
    work.then(({ object }) => object),
  );
}

async function unlessGone(
  target: Target,
  work: Promise<StoredObject | undefined>,
): Promise<StoredObject | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isGone(error, target)) return undefined;
    throw error;
  }
}

function isGone(error: unknown, target: Target): boolean {
  return (
    error instanceof ApiStatusError &&
    error.status === 404 &&
    error.message === notFound(target.served.info, target.name).message
  );
}

function watch(core: Core, served: Served, onEvent: (event: RegistryEvent) => void): () => void {
  const collection = collectionOf(core, served);
  const since = core.store.version;
  for (const [, object] of objectsNow(collection, '')) {
    onEvent({ type: 'ADDED', object: shownAs(served, object) });
  }
  const stop = core.store.listen(collection, since, ({ type, object }) =>
    onEvent({ type, object: shownAs(served, object) }),
  );
  return stop ?? (() => {});
}
