/** Distinct texts, kept in order. Looking one up takes log n steps; adding one moves what stands behind it. */
export class SortedKeys {
  readonly #keys: string[] = [];

  get size(): number {
    return this.#keys.length;
  }

  add(key: string): void {
    const at = this.#firstFrom(key);
    if (this.#keys[at] !== key) this.#keys.splice(at, 0, key);
  }

  delete(key: string): void {
    const at = this.#firstFrom(key);
    if (this.#keys[at] === key) this.#keys.splice(at, 1);
  }

  /** Keys below `before`, the greatest first; all when it is undefined. Not to be used across changes. */
  *descending(before: string | undefined): Generator<string> {
    const start = before === undefined ? this.#keys.length : this.#firstFrom(before);
    for (let at = start - 1; at >= 0; at--) yield this.#keys[at] ?? '';
  }

  /** Index of the first key that is not below `key`. */
  #firstFrom(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
