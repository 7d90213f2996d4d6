import type { StoredObject } from '../types.ts';

/** One committed write, as watches see it. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly collection: Collection;
  /** `namespace/name`; cluster-scoped: `/name`. */
  readonly id: string;
  /** resourceVersion of this write. */
  readonly version: number;
  /** The object after the write; after a deletion the last state, with the deletion's resourceVersion. */
  readonly object: StoredObject;
  readonly previous: StoredObject | undefined;
  /** ms since the epoch. */
  readonly at: number;
}

/** How much of its past a collection keeps: a watch or a continued list from before that is refused with 410. */
export interface HistoryLimits {
  readonly changes: number;
  readonly ms: number;
}

/** The objects of one group and plural, the recent changes, and who listens to them. */
export interface Collection {
  /** `group/plural`. */
  readonly key: string;
  readonly objects: Map<string, StoredObject>;
  readonly namespaces: Map<string, Set<string>>;
  /** Newest last. */
  history: Change[];
  /** The version of the newest change that `history` no longer has. */
  compacted: number;
  readonly listeners: Set<Listener>;
  /** Writes on their way to the storage, by id; the newest of each. */
  readonly pending: Map<string, Change>;
}

/** Somebody who is told of each change with a version above `since`, in order. */
export interface Listener {
  readonly since: number;
  readonly onChange: (change: Change) => void;
}

/** A collection without objects; `compacted` is the version before which nothing is known. */
export function emptyCollection(key: string, compacted: number): Collection {
  return {
    key,
    objects: new Map(),
    namespaces: new Map(),
    history: [],
    compacted,
    listeners: new Set(),
    pending: new Map(),
  };
}

/** The key of an object in its collection; sorts as Kubernetes lists: by namespace, then by name. */
export function idOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

/** The namespace in an id; '' for cluster-scoped objects. */
export function namespaceOf(id: string): string {
  return id.slice(0, id.indexOf('/'));
}

/** Puts or removes one object, and keeps the index of namespaces. */
export function place(collection: Collection, id: string, object: StoredObject | undefined): void {
  const namespace = namespaceOf(id);
  const ids = collection.namespaces.get(namespace) ?? new Set<string>();
  if (object) {
    collection.objects.set(id, object);
    ids.add(id);
    collection.namespaces.set(namespace, ids);
    return;
  }
  collection.objects.delete(id);
  ids.delete(id);
  if (ids.size === 0) collection.namespaces.delete(namespace);
}

/** Appends a change and drops what is over the limits. */
export function remember(collection: Collection, change: Change, limits: HistoryLimits): void {
  collection.history.push(change);
  const oldest = change.at - limits.ms;
  let drop = Math.max(0, collection.history.length - limits.changes);
  while (drop < collection.history.length && (collection.history[drop]?.at ?? 0) < oldest) drop++;
  if (drop > 0) forget(collection, drop);
}

/** Drops the oldest `count` changes. */
export function forget(collection: Collection, count: number): void {
  const dropped = collection.history.splice(0, count);
  collection.compacted = dropped.at(-1)?.version ?? collection.compacted;
}

/** The changes after `version`, oldest first; undefined when the history doesn't reach so far back. */
export function changesSince(collection: Collection, version: number): Change[] | undefined {
  if (version < collection.compacted) return undefined;
  const { history } = collection;
  let first = history.length;
  while (first > 0 && (history[first - 1]?.version ?? 0) > version) first--;
  return history.slice(first);
}

/**
 * The ids and objects as they were at `version`, sorted by id; undefined when the history doesn't reach so far back.
 * An empty namespace means all of them.
 */
export function objectsAt(
  collection: Collection,
  namespace: string,
  version: number,
): [string, StoredObject][] | undefined {
  const since = changesSince(collection, version);
  if (!since) return undefined;
  const objects = new Map(objectsNow(collection, namespace));
  for (const change of since.reverse()) {
    if (namespace !== '' && namespaceOf(change.id) !== namespace) continue;
    if (change.previous) objects.set(change.id, change.previous);
    else objects.delete(change.id);
  }
  return [...objects].sort(byId);
}

/** The ids and objects as committed now, in any order. An empty namespace means all of them. */
export function objectsNow(collection: Collection, namespace: string): [string, StoredObject][] {
  if (namespace === '') return [...collection.objects];
  const found: [string, StoredObject][] = [];
  for (const id of collection.namespaces.get(namespace) ?? []) {
    const object = collection.objects.get(id);
    if (object) found.push([id, object]);
  }
  return found;
}

function byId(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}
