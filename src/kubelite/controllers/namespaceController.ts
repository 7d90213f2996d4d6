import type { NamespaceCondition } from 'kubernetes-types/core/v1.d.ts';
import type { Served } from '../registry/catalogue.ts';
import { namespaceOf, objectsNow } from '../registry/collection.ts';
import { type Core, collectionOf, type Target, timestamp } from '../registry/core.ts';
import { createObject } from '../registry/create.ts';
import { deleteObject } from '../registry/delete.ts';
import { isTerminating, NAMESPACE_FINALIZER, PERMANENT_NAMESPACES } from '../registry/namespaceRules.ts';
import { updateObject } from '../registry/update.ts';
import { ApiStatusError } from '../status.ts';
import type { KubeliteLog, StoredObject } from '../types.ts';
import type { RunningController } from './garbageCollector.ts';
import { workQueue } from './workQueue.ts';

/**
 * Empties namespaces that are being deleted, pods first, and lets them go when nothing is left; gives every other
 * namespace its ServiceAccount `default`. Makes the namespaces that every cluster has before it resolves.
 */
export async function startNamespaceController(core: Core, log: KubeliteLog): Promise<RunningController> {
  const namespaces = required(core, '', 'namespaces');
  for (const name of PERMANENT_NAMESPACES) {
    if (!core.store.head(collectionOf(core, namespaces), `/${name}`)) {
      await createObject(core, namespaces, undefined, { metadata: { name } });
    }
    await ensureAccount(core, name);
  }
  const queue = workQueue<string>({
    clock: core.clock,
    work: (name) => lookAfter(core, namespaces, name),
    onError: (name, error) => log.warn('looking after namespace failed', { name, error: String(error) }),
  });
  const stopListening = core.store.listenEverywhere(({ collection, id, object }) => {
    if (collection.key === namespaces.collection) queue.add(object.metadata.name);
    else if (concerns(core, namespaces, collection.key, id)) queue.add(namespaceOf(id));
  });
  for (const { metadata } of collectionOf(core, namespaces).objects.values()) queue.add(metadata.name);
  return {
    async stop() {
      stopListening();
      await queue.stop();
    },
  };
}

/** A change in a namespace that is being emptied, or to its accounts. */
function concerns(core: Core, namespaces: Served, collection: string, id: string): boolean {
  const name = namespaceOf(id);
  if (name === '') return false;
  if (collection === '/serviceaccounts') return true;
  const namespace = collectionOf(core, namespaces).objects.get(`/${name}`);
  return namespace !== undefined && isTerminating(namespace);
}

function required(core: Core, group: string, plural: string): Served {
  const served = core.catalogue.find(group, undefined, plural);
  if (!served) throw new Error(`starting the namespace controller: ${plural} are not served`);
  return served;
}

async function lookAfter(core: Core, namespaces: Served, name: string): Promise<void> {
  const namespace = core.store.head(collectionOf(core, namespaces), `/${name}`);
  if (!namespace) return;
  if (!isTerminating(namespace)) {
    await ensureAccount(core, name);
    return;
  }
  const target = { served: namespaces, namespace: undefined, name };
  const left = await deleteContents(core, name);
  if (left.size > 0) {
    await writeConditions(core, target, left);
    return;
  }
  await writeConditions(core, target, left);
  await ignore(404, updateObject(core, target, released, { subresource: 'finalize' }));
}

async function ensureAccount(core: Core, namespace: string): Promise<void> {
  const accounts = required(core, '', 'serviceaccounts');
  if (core.store.head(collectionOf(core, accounts), `${namespace}/default`)) return;
  const created = createObject(core, accounts, namespace, { metadata: { name: 'default' } });
  // Deleted again, being deleted, or somebody made it first.
  await ignore(404, ignore(403, ignore(409, created)));
}

async function ignore(status: number, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ApiStatusError) || error.status !== status) throw error;
  }
}

function released(namespace: StoredObject): StoredObject {
  const spec = namespace.spec as { readonly finalizers?: readonly string[] } | undefined;
  const finalizers = (spec?.finalizers ?? []).filter((one) => one !== NAMESPACE_FINALIZER);
  return { ...namespace, spec: { ...spec, finalizers } };
}

/** Deletes everything in a namespace: pods, and when they are gone the rest. Returns what is left. */
async function deleteContents(core: Core, name: string): Promise<Map<Served, StoredObject[]>> {
  const namespaced = core.catalogue.preferred().filter(({ info }) => info.namespaced);
  const isPods = ({ collection }: Served) => collection === '/pods';
  const pods = await deleteEach(core, namespaced.filter(isPods), name);
  if (pods.size > 0) return pods;
  return deleteEach(
    core,
    namespaced.filter((served) => !isPods(served)),
    name,
  );
}

async function deleteEach(
  core: Core,
  resources: readonly Served[],
  namespace: string,
): Promise<Map<Served, StoredObject[]>> {
  const left = new Map<Served, StoredObject[]>();
  for (const served of resources) {
    const objects = () => objectsNow(collectionOf(core, served), namespace).map(([, object]) => object);
    const target = (object: StoredObject) => ({ served, namespace, name: object.metadata.name });
    const fresh = objects().filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const policy = { propagationPolicy: 'Background' } as const;
    await Promise.all(fresh.map((object) => ignore(404, deleteObject(core, target(object), policy))));
    const remaining = objects();
    if (remaining.length > 0) left.set(served, remaining);
  }
  return left;
}

async function writeConditions(
  core: Core,
  target: Target,
  left: ReadonlyMap<Served, StoredObject[]>,
): Promise<void> {
  const wanted = conditionsOf(left);
  const now = timestamp(core.clock.now());
  const change = (namespace: StoredObject) => {
    const status = (namespace.status ?? {}) as { readonly conditions?: readonly NamespaceCondition[] };
    const conditions = wanted.map((condition) => {
      const known = status.conditions?.find(({ type }) => type === condition.type);
      const same = known?.status === condition.status && known.lastTransitionTime;
      return { ...condition, lastTransitionTime: same ? known.lastTransitionTime : now };
    });
    return { ...namespace, status: { ...status, conditions } };
  };
  await ignore(404, updateObject(core, target, change, { subresource: 'status' }));
}

type Condition = Pick<NamespaceCondition, 'type' | 'status' | 'reason' | 'message'>;

function conditionsOf(left: ReadonlyMap<Served, StoredObject[]>): Condition[] {
  const resources = [...left].map(
    ([{ info }, objects]) => `${info.plural}.${info.group} has ${objects.length} resource instances`,
  );
  const held = new Map<string, number>();
  for (const { metadata } of [...left.values()].flat()) {
    for (const finalizer of metadata.finalizers ?? []) held.set(finalizer, (held.get(finalizer) ?? 0) + 1);
  }
  const finalizers = [...held].map(([name, count]) => `${name} in ${count} resource instances`);
  return [
    no('NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'),
    no(
      'NamespaceDeletionGroupVersionParsingFailure',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    no(
      'NamespaceDeletionContentFailure',
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ),
    resources.length === 0
      ? no('NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed')
      : yes(
          'NamespaceContentRemaining',
          'SomeResourcesRemain',
          `Some resources are remaining: ${resources.sort().join(', ')}`,
        ),
    finalizers.length === 0
      ? no(
          'NamespaceFinalizersRemaining',
          'ContentHasNoFinalizers',
          'All content-preserving finalizers finished',
        )
      : yes(
          'NamespaceFinalizersRemaining',
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${finalizers.sort().join(', ')}`,
        ),
  ];
}

function no(type: string, reason: string, message: string): Condition {
  return { type, status: 'False', reason, message };
}

function yes(type: string, reason: string, message: string): Condition {
  return { type, status: 'True', reason, message };
}
