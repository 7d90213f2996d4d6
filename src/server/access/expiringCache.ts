import type { Clock } from '../../ports/clock.ts';

/**
 * Answers that are kept for a short time, at most `capacity` of them, the oldest dropped first. Two callers that ask
 * for the same key at once share one question. A question that failed is not kept.
 */
export class ExpiringCache<V> {
  readonly #entries = new Map<string, { readonly until: number; readonly answer: Promise<V> }>();
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #capacity: number;

  constructor(clock: Clock, ttlMs: number, capacity: number) {
    this.#clock = clock;
    this.#ttlMs = ttlMs;
    this.#capacity = capacity;
  }

  /** The kept answer, else that of `ask`, which is kept from then on. */
  get(key: string, ask: () => Promise<V>): Promise<V> {
    const now = this.#clock.monotonic();
    const kept = this.#entries.get(key);
    if (kept !== undefined && kept.until > now) return kept.answer;
    const answer = ask();
    this.#entries.delete(key);
    this.#entries.set(key, { until: now + this.#ttlMs, answer });
    answer.catch(() => {
      if (this.#entries.get(key)?.answer === answer) this.#entries.delete(key);
    });
    this.#dropOldest();
    return answer;
  }

  #dropOldest(): void {
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#capacity && oldest !== undefined) this.#entries.delete(oldest);
  }
}
