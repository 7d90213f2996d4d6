import { createHash } from 'node:crypto';
import type { Clock } from '../../src/ports/clock.ts';

/** What happened, in order: proof that a seed is replayed exactly, and what a person reads when a promise is broken. */
export class EventLog {
  readonly #clock: Clock;
  readonly #lines: string[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(who: string, what: string): void {
    this.#lines.push(`${(this.#clock.monotonic() / 1000).toFixed(3)} ${who}: ${what}`);
  }

  /** The last lines, oldest first. */
  tail(count: number): readonly string[] {
    return this.#lines.slice(-count);
  }

  /** Equal for equal logs. */
  hash(): string {
    return createHash('sha256').update(this.#lines.join('\n')).digest('hex').slice(0, 16);
  }
}
