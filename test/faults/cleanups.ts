/** What has to be undone, also after a failure or Ctrl-C: the last first, each once, all although one fails. */
export class Cleanups {
  readonly #undo: (() => Promise<unknown>)[] = [];

  /** Takes something that has to be undone; safe to undo twice. Returns what undoes it now. */
  add(undo: () => Promise<unknown>): () => Promise<void> {
    this.#undo.push(undo);
    return async () => {
      const at = this.#undo.indexOf(undo);
      if (at < 0) return;
      this.#undo.splice(at, 1);
      await undo();
    };
  }

  /** Undoes all; throws the first error at the end. */
  async run(): Promise<void> {
    const errors: unknown[] = [];
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop())
      await undo().catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw errors[0];
  }
}
