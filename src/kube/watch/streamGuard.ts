import type { Clock, Timer } from '../../ports/clock.ts';
import { onAbort } from '../../ports/onAbort.ts';

/** Ends one stream when it is told to stop, when it falls silent, or when it is given up. */
export class StreamGuard {
  readonly #abort = new AbortController();
  readonly #clock: Clock;
  readonly #onSilent: (silenceMs: number) => Error;
  readonly #forgetStop: () => void;
  #silenceMs: number;
  #heardAt: number;
  #timer: Timer | undefined;

  /** `onSilent` makes the error that ends a stream in which nothing came for `silenceMs`. */
  constructor(clock: Clock, stop: AbortSignal, silenceMs: number, onSilent: (silenceMs: number) => Error) {
    this.#clock = clock;
    this.#onSilent = onSilent;
    this.#silenceMs = silenceMs;
    this.#heardAt = clock.monotonic();
    if (!stop.aborted) this.#watchSilence();
    this.#forgetStop = onAbort(stop, () => this.#end(stop.reason as Error));
  }

  /** Give this to the stream. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  heard(): void {
    this.#heardAt = this.#clock.monotonic();
  }

  /** From now on so much silence is allowed. */
  allow(silenceMs: number): void {
    this.#silenceMs = silenceMs;
    this.heard();
    this.#watchSilence();
  }

  /** Ends the stream with this error. */
  fail(error: Error): void {
    this.#end(error);
    this.#forgetStop();
  }

  /** Lets go of timers and listeners; the stream has ended. */
  close(): void {
    this.#stopTimer();
    this.#forgetStop();
  }

  #end(error: Error): void {
    this.#abort.abort(error);
    this.#stopTimer();
  }

  #stopTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** One timer that looks again, not one for each event: a busy stream has tens of thousands a second. */
  #watchSilence(): void {
    this.#timer?.cancel();
    const leftMs = this.#heardAt + this.#silenceMs - this.#clock.monotonic();
    this.#timer = this.#clock.after(leftMs, () => {
      if (this.#clock.monotonic() - this.#heardAt >= this.#silenceMs)
        this.fail(this.#onSilent(this.#silenceMs));
      else this.#watchSilence();
    });
  }
}
