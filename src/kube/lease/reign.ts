import type { Clock, Timer } from '../../ports/clock.ts';

/** One time of being leader: from a confirmed claim until it can't be sure any more that nobody else is. */
export class Reign {
  readonly #abort = new AbortController();
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #onOverdue: () => void;
  #confirmedAt: number;
  #timer: Timer | undefined;

  /** `confirmedAt`: monotonic ms before the claim was sent. `onOverdue` is called when no renewal came in time. */
  constructor(clock: Clock, deadlineMs: number, confirmedAt: number, onOverdue: () => void) {
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
    this.#onOverdue = onOverdue;
    this.#confirmedAt = confirmedAt;
    this.#watchDeadline();
  }

  /** Aborted when the work of a leader is to end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** When the last claim that took effect was sent, monotonic ms. */
  get confirmedAt(): number {
    return this.#confirmedAt;
  }

  /** A renewal that was sent at `sentAt` took effect. */
  confirm(sentAt: number): void {
    this.#confirmedAt = sentAt;
    this.#watchDeadline();
  }

  /** Looks at the clock, not at a timer: true also right after a pause of the process. */
  isOverdue(): boolean {
    return this.#clock.monotonic() - this.#confirmedAt >= this.#deadlineMs;
  }

  /** Tells the work to end. */
  end(why: string): void {
    this.#abort.abort(new Error(`leading: ${why}`));
  }

  /** Lets go of the timer. */
  close(): void {
    this.#timer?.cancel();
  }

  #watchDeadline(): void {
    this.#timer?.cancel();
    const leftMs = this.#confirmedAt + this.#deadlineMs - this.#clock.monotonic();
    this.#timer = this.#clock.after(leftMs, this.#onOverdue);
  }
}
