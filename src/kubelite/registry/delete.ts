import { conflict, notFound } from '../status.ts';
import type { DeleteRequest, StoredObject } from '../types.ts';
import { shownAs } from './catalogue.ts';
import { idOf } from './collection.ts';
import { type Core, collectionOf, headOf, type Target, timestamp } from './core.ts';
import { type KindRules, rulesOf } from './rules.ts';

/** Holds an object until its dependents that block it are gone. */
export const FOREGROUND_FINALIZER = 'foregroundDeletion';
/** Holds an object until its dependents no longer name it as owner. */
export const ORPHAN_FINALIZER = 'orphan';

/** The last state of the object, and whether it is gone or waits for its grace or its finalizers. */
export interface Deleted {
  readonly object: StoredObject;
  readonly gone: boolean;
}

/**
 * Deletes an object, or starts to: with finalizers it only gets a deletionTimestamp; a bound pod gets its grace,
 * which a later delete can shorten and nothing can lengthen. Refuses: no such object (404), a precondition (409), a
 * kind's own rule (403).
 */
export async function deleteObject(
  core: Core,
  target: Target,
  request: DeleteRequest & { readonly dryRun?: boolean } = {},
): Promise<Deleted> {
  const { served, name } = target;
  const head = headOf(core, target);
  if (!head) throw notFound(served.info, name);
  requirePreconditions(target, head, request);
  const rules = rulesOf(served);
  rules.beforeDelete?.(head);
  const shown = (object: StoredObject, gone: boolean): Deleted => ({ object: shownAs(served, object), gone });
  const marked = markedForDeletion(core, head, request, rules);
  if (marked === 'pending' || marked === head) return shown(head, false);
  const held = marked !== undefined && !canGo(marked, rules);
  if (request.dryRun) return shown(marked ?? head, !held);
  const collection = collectionOf(core, served);
  const id = idOf(target.namespace, name);
  if (held) return shown(await core.store.put(collection, id, marked), false);
  if (marked && rules.graceSeconds) {
    const update = core.store.put(collection, id, marked);
    // Whoever was told of the mark may have removed the object by now.
    const isThere = core.store.head(collection, id)?.metadata.uid === marked.metadata.uid;
    const [stored, last] = await Promise.all([
      update,
      isThere ? core.store.remove(collection, id) : undefined,
    ]);
    return shown(last ?? stored, true);
  }
  return shown(await core.store.remove(collection, id), true);
}

function requirePreconditions(target: Target, head: StoredObject, request: DeleteRequest): void {
  const { uid, resourceVersion } = request.preconditions ?? {};
  // Kubernetes names the kind here, where it names the resource elsewhere.
  const info = { ...target.served.info, plural: target.served.info.kind };
  if (uid !== undefined && uid !== head.metadata.uid) {
    const why =
      `the UID in the precondition (${uid}) does not match the UID in record (${head.metadata.uid}). ` +
      'The object might have been deleted and then recreated';
    throw conflict(info, target.name, why);
  }
  const version = head.metadata.resourceVersion;
  if (resourceVersion !== undefined && resourceVersion !== version) {
    const why =
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record ` +
      `(${version}). The object might have been modified`;
    throw conflict(info, target.name, why);
  }
}

/**
 * The object with its deletion marked; undefined when there is nothing to mark because it goes at once; `pending`
 * when a deletion under way has no more grace than this one asks for.
 */
function markedForDeletion(
  core: Core,
  head: StoredObject,
  request: DeleteRequest,
  rules: KindRules,
): StoredObject | 'pending' | undefined {
  const now = core.clock.now();
  if (rules.graceSeconds) {
    const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = head.metadata;
    if (deletionTimestamp === undefined) {
      return withFinalizers(
        withGrace(head, now, rules.graceSeconds(head, request.gracePeriodSeconds)),
        request,
      );
    }
    if (deletionGracePeriodSeconds > 0) {
      const shorter = shortened(head, request.gracePeriodSeconds, now);
      return shorter === 'pending' ? shorter : withFinalizers(shorter, request);
    }
  }
  const next = withFinalizers(head, request);
  const held = (next.metadata.finalizers ?? []).length > 0 || rules.isHeld?.(next) === true;
  return held ? marked(next, now, rules) : undefined;
}

function canGo(object: StoredObject, rules: KindRules): boolean {
  const { finalizers = [], deletionGracePeriodSeconds = 0 } = object.metadata;
  return finalizers.length === 0 && deletionGracePeriodSeconds === 0 && !rules.isHeld?.(object);
}

/** A first delete without grace: deletionTimestamp now, grace 0. A repeated one changes nothing. */
function marked(object: StoredObject, now: number, rules: KindRules): StoredObject {
  if (
    object.metadata.deletionTimestamp !== undefined &&
    (object.metadata.deletionGracePeriodSeconds ?? 0) === 0
  ) {
    return object;
  }
  const next = withGrace(object, now, 0);
  rules.markDeleting?.(next);
  return next;
}

function withGrace(object: StoredObject, now: number, seconds: number): StoredObject {
  const { generation } = object.metadata;
  return {
    ...object,
    metadata: {
      ...object.metadata,
      ...(generation === undefined ? {} : { generation: generation + 1 }),
      deletionTimestamp: timestamp(now + seconds * 1_000),
      deletionGracePeriodSeconds: seconds,
    },
  };
}

function shortened(head: StoredObject, asked: number | undefined, now: number): StoredObject | 'pending' {
  const { deletionTimestamp = '', deletionGracePeriodSeconds = 0 } = head.metadata;
  const seconds = asked !== undefined && asked < 0 ? 1 : asked;
  if (seconds === undefined || seconds >= deletionGracePeriodSeconds) return 'pending';
  const asSaid = Date.parse(deletionTimestamp) + (seconds - deletionGracePeriodSeconds) * 1_000;
  // A grace that is over already still ends by the kubelet's word, unless the pod is forced away with 0.
  const grace = asSaid < now && seconds !== 0 ? 1 : seconds;
  const at = timestamp(Math.max(asSaid, now));
  return {
    ...head,
    metadata: { ...head.metadata, deletionTimestamp: at, deletionGracePeriodSeconds: grace },
  };
}

/** Adds the garbage collector's finalizer that the policy asks for; without a policy the present one stays. */
function withFinalizers(object: StoredObject, request: DeleteRequest): StoredObject {
  const { finalizers = [] } = object.metadata;
  const policy = request.propagationPolicy;
  if (policy === undefined) return object;
  const wanted = finalizers.filter((one) => one !== FOREGROUND_FINALIZER && one !== ORPHAN_FINALIZER);
  if (policy === 'Orphan') wanted.push(ORPHAN_FINALIZER);
  if (policy === 'Foreground') wanted.push(FOREGROUND_FINALIZER);
  const unchanged = wanted.length === finalizers.length && wanted.every((one, at) => one === finalizers[at]);
  return unchanged ? object : { ...object, metadata: { ...object.metadata, finalizers: wanted } };
}
