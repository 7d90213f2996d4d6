import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { RunMemory } from './runMemory.ts';

/** The memory of every run that is being looked after, by `namespace/name`. */
export class Memories {
  readonly #byKey = new Map<string, RunMemory>();

  /** The memory of this very run; another run of the same name starts with none. */
  of(key: string, uid: string): RunMemory {
    const known = this.#byKey.get(key);
    if (known?.uid === uid) return known;
    const memory = new RunMemory(uid);
    this.#byKey.set(key, memory);
    return memory;
  }

  /** A pod was seen to go, as it was last. */
  podGone(key: string, pod: Pod): void {
    this.#byKey.get(key)?.podGone(pod);
  }

  /** The run is gone. */
  forget(key: string): void {
    this.#byKey.delete(key);
  }

  /** A new term of leadership: somebody else may have written meanwhile, and the cache knows it better. */
  clear(): void {
    this.#byKey.clear();
  }
}
