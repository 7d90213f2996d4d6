import type { Clock } from '../../ports/clock.ts';

/** An answer is given out for so many times as long as it took to work out: at most a tenth of the time goes into it. */
const REST_SHARE = 9;

/**
 * One answer for all who ask the same, as places in a long queue: whoever asks meanwhile waits for the one that is being
 * worked out, and what was cheap is worked out anew at once.
 */
export class SharedAnswer<V, A> {
  readonly #clock: Clock;
  readonly #read: () => Promise<V>;
  readonly #work: (view: V) => A;
  #known: { readonly answer: A; readonly until: number } | undefined;
  #coming: Promise<A> | undefined;

  /**
   * @param read what the answer is told from
   * @param work makes the answer of it; only this is measured, for it is what keeps everybody else waiting
   */
  constructor(clock: Clock, read: () => Promise<V>, work: (view: V) => A) {
    this.#clock = clock;
    this.#read = read;
    this.#work = work;
  }

  /** Throws what reading throws; the next one who asks begins anew. */
  async get(): Promise<A> {
    if (this.#known !== undefined && this.#clock.monotonic() < this.#known.until) return this.#known.answer;
    this.#coming ??= this.#workOut().finally(() => {
      this.#coming = undefined;
    });
    return this.#coming;
  }

  async #workOut(): Promise<A> {
    const view = await this.#read();
    const startedAt = this.#clock.monotonic();
    const answer = this.#work(view);
    const now = this.#clock.monotonic();
    this.#known = { answer, until: now + REST_SHARE * (now - startedAt) };
    return answer;
  }
}
