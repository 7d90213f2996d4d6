/** A binary heap: the first by `isBefore` comes out first. */
export class Heap<E> {
  readonly #entries: E[] = [];
  readonly #isBefore: (a: E, b: E) => boolean;

  constructor(isBefore: (a: E, b: E) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#entries.length;
  }

  push(entry: E): void {
    const entries = this.#entries;
    let at = entries.push(entry) - 1;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = entries[parentAt];
      if (parent === undefined || !this.#isBefore(entry, parent)) break;
      entries[at] = parent;
      at = parentAt;
    }
    entries[at] = entry;
  }

  /** Takes the first out; undefined when there is none. */
  pop(): E | undefined {
    const first = this.#entries[0];
    const last = this.#entries.pop();
    if (last !== undefined && this.#entries.length > 0) this.#sink(last);
    return first;
  }

  clear(): void {
    this.#entries.length = 0;
  }

  #sink(entry: E): void {
    const entries = this.#entries;
    let at = 0;
    for (;;) {
      const childAt = this.#firstChild(at);
      const child = entries[childAt];
      if (child === undefined || !this.#isBefore(child, entry)) break;
      entries[at] = child;
      at = childAt;
    }
    entries[at] = entry;
  }

  #firstChild(at: number): number {
    const [left, right] = [this.#entries[2 * at + 1], this.#entries[2 * at + 2]];
    const isRight = left !== undefined && right !== undefined && this.#isBefore(right, left);
    return 2 * at + (isRight ? 2 : 1);
  }
}
