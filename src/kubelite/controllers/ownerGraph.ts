import type { OwnerReference } from 'kubernetes-types/meta/v1.d.ts';
import type { Change } from '../registry/collection.ts';
import type { StoredObject } from '../types.ts';

/** One object in the graph of owners and dependents. */
export interface GraphNode {
  /** Key of its collection, `group/plural`. */
  readonly collection: string;
  readonly object: StoredObject;
}

/** Who owns whom, by uid; follows the store. */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>();
  readonly #dependents = new Map<string, Set<string>>();

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  /** The objects that name `uid` as an owner. */
  dependentsOf(uid: string): GraphNode[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((one) => this.#nodes.get(one) ?? []);
  }

  put(collection: string, object: StoredObject): void {
    const { uid } = object.metadata;
    this.#unlink(uid);
    this.#nodes.set(uid, { collection, object });
    for (const owner of ownersOf(object)) {
      const known = this.#dependents.get(owner.uid) ?? new Set<string>();
      this.#dependents.set(owner.uid, known.add(uid));
    }
  }

  /** Takes over one change of the store. */
  follow(change: Change): void {
    const { collection, object, type } = change;
    if (type !== 'DELETED') {
      this.put(collection.key, object);
      return;
    }
    this.#unlink(object.metadata.uid);
    this.#nodes.delete(object.metadata.uid);
  }

  #unlink(uid: string): void {
    const node = this.#nodes.get(uid);
    for (const owner of node ? ownersOf(node.object) : []) {
      const known = this.#dependents.get(owner.uid);
      known?.delete(uid);
      if (known?.size === 0) this.#dependents.delete(owner.uid);
    }
  }
}

/** The owner references of an object. */
export function ownersOf(object: StoredObject): readonly OwnerReference[] {
  return object.metadata.ownerReferences ?? [];
}
