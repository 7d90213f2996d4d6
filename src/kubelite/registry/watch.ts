import { expired } from '../status.ts';
import type { StoredObject } from '../types.ts';
import type { Served } from './catalogue.ts';
import { type Change, namespaceOf, objectsNow } from './collection.ts';
import { type Core, collectionOf } from './core.ts';
import type { Selection } from './selection.ts';

/** A change as one selection sees it. */
export interface Seen {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly change: Change;
}

/** The objects that a watch starts with, and from which version its changes follow. */
export interface WatchStart {
  readonly initial: readonly StoredObject[];
  readonly version: number;
}

/** What exists now, sorted, for a watch that starts without a version. */
export function initialObjects(core: Core, served: Served, selection: Selection): WatchStart {
  const found = objectsNow(collectionOf(core, served), selection.namespace)
    .filter(([, object]) => selection.matches(object))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, object]) => object);
  return { initial: found, version: core.store.version };
}

/**
 * Tells `onSeen` of every change after `version` that concerns the selection, at first synchronously of those that
 * are past. Returns the stop. Throws 410 when the history doesn't reach so far back.
 */
export function watchObjects(
  core: Core,
  served: Served,
  selection: Selection,
  version: number,
  onSeen: (seen: Seen) => void,
): () => void {
  const stop = core.store.listen(collectionOf(core, served), version, (change) => {
    const type = seenAs(selection, change);
    if (type) onSeen({ type, change });
  });
  if (!stop) throw expired(`too old resource version: ${version} (${core.store.version})`);
  return stop;
}

/** An object that leaves the selection is DELETED for its watchers, one that enters it ADDED. */
function seenAs(selection: Selection, change: Change): Seen['type'] | undefined {
  if (selection.namespace !== '' && namespaceOf(change.id) !== selection.namespace) return undefined;
  const is = change.type !== 'DELETED' && selection.matches(change.object);
  const was = change.previous !== undefined && selection.matches(change.previous);
  if (is) return was ? 'MODIFIED' : 'ADDED';
  return was ? 'DELETED' : undefined;
}
