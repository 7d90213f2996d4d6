/** Values by key, at most so many: the one that was touched longest ago goes first. */
export class Recent<V> {
  readonly #values = new Map<string, V>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The value, made when there is none that `isGood`; it counts as touched. */
  take(key: string, isGood: (value: V) => boolean, make: () => V): V {
    const known = this.#values.get(key);
    const value = known !== undefined && isGood(known) ? known : make();
    this.#values.delete(key);
    this.#values.set(key, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > this.#limit && oldest !== undefined) this.#values.delete(oldest);
    return value;
  }
}
