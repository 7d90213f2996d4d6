import { runKey } from '../../core/naming/runKey.ts';
import type { Run } from '../../core/run/run.ts';
import { SortedKeys } from './sortedKeys.ts';

/** Which runs a page is about. */
export interface PageQuery {
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined;
  readonly matches: (run: Run) => boolean;
  readonly limit: number;
  /** Key of the last run of the page before. */
  readonly after: string | undefined;
}

/** One page; `next` is the key to go on from, undefined when nothing is left. */
export interface Page {
  readonly items: readonly Run[];
  readonly next: string | undefined;
}

/**
 * Runs in the order in which lists show them: the newest first. The key is time of creation, namespace and name, which
 * never change, so a page is found by its key whatever came or went before it.
 */
export class RunBook {
  readonly #runs = new Map<string, Run>();
  readonly #everywhere = new SortedKeys();
  readonly #byNamespace = new Map<string, SortedKeys>();

  get size(): number {
    return this.#runs.size;
  }

  /** Every run there is. */
  all(): Run[] {
    return [...this.#runs.values()];
  }

  set(run: Run): void {
    const key = listKey(run);
    this.#runs.set(key, run);
    this.#everywhere.add(key);
    const namespace = run.metadata.namespace ?? '';
    let keys = this.#byNamespace.get(namespace);
    if (keys === undefined) this.#byNamespace.set(namespace, (keys = new SortedKeys()));
    keys.add(key);
  }

  delete(run: Run): void {
    const key = listKey(run);
    const namespace = run.metadata.namespace ?? '';
    const keys = this.#byNamespace.get(namespace);
    this.#runs.delete(key);
    this.#everywhere.delete(key);
    keys?.delete(key);
    if (keys?.size === 0) this.#byNamespace.delete(namespace);
  }

  page({ namespace, matches, limit, after }: PageQuery): Page {
    const keys = namespace === undefined ? this.#everywhere : this.#byNamespace.get(namespace);
    const items: Run[] = [];
    let last: string | undefined;
    for (const key of keys?.descending(after) ?? []) {
      const run = this.#runs.get(key);
      if (run === undefined || !matches(run)) continue;
      if (items.length === limit) return { items, next: last };
      items.push(run);
      last = key;
    }
    return { items, next: undefined };
  }
}

/** The key by which lists are ordered, and which their cursors hold. */
export function listKey(run: Run): string {
  return `${run.metadata.creationTimestamp ?? ''} ${runKey(run)}`;
}
