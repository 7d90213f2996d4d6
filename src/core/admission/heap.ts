/** Takes the smallest of many, one after the other, without putting all of them in order: mostly few are taken. */
export class Heap<A> {
  readonly #items: A[];
  readonly #compare: (a: A, b: A) => number;

  constructor(items: Iterable<A>, compare: (a: A, b: A) => number) {
    this.#items = [...items];
    this.#compare = compare;
    for (let at = Math.floor(this.#items.length / 2) - 1; at >= 0; at -= 1) this.#sink(at);
  }

  /** Whether there is anything left. */
  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** Takes the smallest; undefined: there is nothing left. */
  take(): A | undefined {
    const [first] = this.#items;
    const last = this.#items.pop();
    if (last !== undefined && this.#items.length > 0) {
      this.#items[0] = last;
      this.#sink(0);
    }
    return first;
  }

  #sink(from: number): void {
    const items = this.#items;
    const moved = items[from];
    if (moved === undefined) return;
    let at = from;
    for (;;) {
      const child = this.#smallerChild(at);
      const smaller = child === undefined ? undefined : items[child];
      if (child === undefined || smaller === undefined || this.#compare(moved, smaller) <= 0) break;
      items[at] = smaller;
      at = child;
    }
    items[at] = moved;
  }

  #smallerChild(at: number): number | undefined {
    const [left, right] = [this.#items[2 * at + 1], this.#items[2 * at + 2]];
    if (left === undefined) return undefined;
    return right !== undefined && this.#compare(right, left) < 0 ? 2 * at + 2 : 2 * at + 1;
  }
}
