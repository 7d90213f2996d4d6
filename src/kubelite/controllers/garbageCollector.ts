import type { OwnerReference } from 'kubernetes-types/meta/v1.d.ts';
import type { Core, Target } from '../registry/core.ts';
import { deleteObject, FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from '../registry/delete.ts';
import { updateObject } from '../registry/update.ts';
import { ApiStatusError } from '../status.ts';
import type { DeleteRequest, KubeliteLog, StoredObject } from '../types.ts';
import { type GraphNode, OwnerGraph, ownersOf } from './ownerGraph.ts';
import { workQueue } from './workQueue.ts';

/** A controller that runs. */
export interface RunningController {
  stop(): Promise<void>;
}

/**
 * Collects what no owner holds any more: an object goes when none of the owners that it names exists (by uid, in its
 * namespace). An owner that was deleted in the foreground waits until its blocking dependents are gone; one that was
 * deleted with orphans waits until its dependents no longer name it. An owner of a kind that isn't served might
 * exist: its dependents stay.
 */
export function startGarbageCollector(core: Core, log: KubeliteLog): RunningController {
  const graph = new OwnerGraph();
  const queue = workQueue<string>({
    clock: core.clock,
    work: (uid) => collect(core, graph, uid),
    onError: (uid, error) => log.warn('collecting garbage failed', { uid, error: String(error) }),
  });
  for (const { key, objects } of core.store.collections()) {
    for (const object of objects.values()) graph.put(key, object);
  }
  for (const { objects } of core.store.collections()) {
    for (const object of objects.values()) if (needsLook(object)) queue.add(object.metadata.uid);
  }
  const stopListening = core.store.listenEverywhere((change) => {
    graph.follow(change);
    const { uid } = change.object.metadata;
    if (change.type !== 'DELETED') {
      if (needsLook(change.object)) queue.add(uid);
      return;
    }
    for (const { object } of graph.dependentsOf(uid)) queue.add(object.metadata.uid);
    for (const owner of ownersOf(change.object)) queue.add(owner.uid);
  });
  return {
    async stop() {
      stopListening();
      await queue.stop();
    },
  };
}

function needsLook(object: StoredObject): boolean {
  return ownersOf(object).length > 0 || object.metadata.deletionTimestamp !== undefined;
}

async function collect(core: Core, graph: OwnerGraph, uid: string): Promise<void> {
  const node = graph.get(uid);
  if (!node) return;
  if (isWaitingFor(node.object, ORPHAN_FINALIZER)) return orphan(core, graph, node);
  if (isWaitingFor(node.object, FOREGROUND_FINALIZER)) return foreground(core, graph, node);
  if (node.object.metadata.deletionTimestamp !== undefined) return;
  await deleteIfUnowned(core, graph, node);
}

/** True while an object that is being deleted carries the finalizer. */
function isWaitingFor(object: StoredObject, finalizer: string): boolean {
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  return deletionTimestamp !== undefined && finalizers.includes(finalizer);
}

async function orphan(core: Core, graph: OwnerGraph, node: GraphNode): Promise<void> {
  const { uid } = node.object.metadata;
  const dependents = graph.dependentsOf(uid);
  await Promise.all(dependents.map((dependent) => disown(core, dependent, new Set([uid]))));
  await removeFinalizer(core, node, ORPHAN_FINALIZER);
}

async function foreground(core: Core, graph: OwnerGraph, node: GraphNode): Promise<void> {
  const dependents = graph.dependentsOf(node.object.metadata.uid);
  const blocking = dependents.filter((dependent) => blocks(dependent, node));
  if (blocking.length === 0) await removeFinalizer(core, node, FOREGROUND_FINALIZER);
  const free = dependents.filter(({ object }) => object.metadata.deletionTimestamp === undefined);
  await Promise.all(free.map((dependent) => deleteIfUnowned(core, graph, dependent)));
}

function blocks(dependent: GraphNode, owner: GraphNode): boolean {
  const { uid } = owner.object.metadata;
  return ownersOf(dependent.object).some((one) => one.uid === uid && one.blockOwnerDeletion === true);
}

async function deleteIfUnowned(core: Core, graph: OwnerGraph, node: GraphNode): Promise<void> {
  const owners = ownersOf(node.object);
  if (owners.length === 0) return;
  const states = owners.map((owner) => ({ owner, state: stateOf(core, graph, node, owner) }));
  const left = states.filter(({ state }) => state !== 'there').map(({ owner }) => owner.uid);
  if (left.length < owners.length) {
    if (left.length > 0) await disown(core, node, new Set(left));
    return;
  }
  const waited = states.some(({ state }) => state === 'waiting');
  const { uid, finalizers = [] } = node.object.metadata;
  const propagationPolicy = policyOf(finalizers, waited && graph.dependentsOf(uid).length > 0);
  await ignoreGone(deleteObject(core, targetOf(core, node), { preconditions: { uid }, propagationPolicy }));
}

/** What the object's own finalizers ask for; dependents of a foreground deletion go in the foreground too. */
function policyOf(
  finalizers: readonly string[],
  inForeground: boolean,
): NonNullable<DeleteRequest['propagationPolicy']> {
  if (finalizers.includes(ORPHAN_FINALIZER)) return 'Orphan';
  return inForeground || finalizers.includes(FOREGROUND_FINALIZER) ? 'Foreground' : 'Background';
}

function stateOf(
  core: Core,
  graph: OwnerGraph,
  node: GraphNode,
  owner: OwnerReference,
): 'there' | 'gone' | 'waiting' {
  const found = graph.get(owner.uid);
  if (!found) {
    const [group, version] = owner.apiVersion.split('/');
    const known = core.catalogue.findKind(version === undefined ? '' : (group ?? ''), owner.kind);
    return known ? 'gone' : 'there';
  }
  const { namespace, name } = found.object.metadata;
  const reachable = namespace === undefined || namespace === node.object.metadata.namespace;
  if (!reachable || name !== owner.name || found.object.kind !== owner.kind) return 'gone';
  return isWaitingFor(found.object, FOREGROUND_FINALIZER) ? 'waiting' : 'there';
}

function targetOf(core: Core, { collection, object }: GraphNode): Target {
  const served = core.catalogue.ofCollection(collection);
  if (!served) throw new Error(`collecting garbage: ${collection} is no longer served`);
  return { served, namespace: object.metadata.namespace, name: object.metadata.name };
}

async function disown(core: Core, node: GraphNode, uids: ReadonlySet<string>): Promise<void> {
  await change(core, node, (object) => {
    const ownerReferences = ownersOf(object).filter(({ uid }) => !uids.has(uid));
    const { ownerReferences: _all, ...metadata } = object.metadata;
    return {
      ...object,
      metadata: ownerReferences.length > 0 ? { ...metadata, ownerReferences } : metadata,
    };
  });
}

async function removeFinalizer(core: Core, node: GraphNode, finalizer: string): Promise<void> {
  await change(core, node, (object) => {
    const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== finalizer);
    return { ...object, metadata: { ...object.metadata, finalizers } };
  });
}

/** Changes the object, unless another one has its name by now. */
async function change(
  core: Core,
  node: GraphNode,
  next: (object: StoredObject) => StoredObject,
): Promise<void> {
  const { uid } = node.object.metadata;
  const changed = (current: StoredObject) => {
    const wanted = next(current);
    return { ...wanted, metadata: { ...wanted.metadata, uid } };
  };
  await ignoreGone(updateObject(core, targetOf(core, node), changed, { fieldValidation: 'Ignore' }));
}

/** Gone, or replaced by another of its name: nothing is left to do. */
async function ignoreGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ApiStatusError) || (error.status !== 404 && error.status !== 409)) throw error;
  }
}
