import type { Clock, Timer } from '../../ports/clock.ts';

/** Ends one stream when it is told to stop, when it falls silent, or when it is given up. */
export class StreamGuard {
  readonly #abort = new AbortController();
  readonly #clock: Clock;
  readonly #stop: AbortSignal;
  readonly #onSilent: (silenceMs: number) => Error;
  readonly #onStop = () => this.fail(this.#stop.reason as Error);
  #silenceMs: number;
  #heardAt: number;
  #timer: Timer | undefined;

  /** `onSilent` makes the error that ends a stream in which nothing came for `silenceMs`. */
  constructor(clock: Clock, stop: AbortSignal, silenceMs: number, onSilent: (silenceMs: number) => Error) {
    this.#clock = clock;
    this.#stop = stop;
    this.#onSilent = onSilent;
    this.#silenceMs = silenceMs;
    this.#heardAt = clock.monotonic();
    stop.addEventListener('abort', this.#onStop, { once: true });
    if (stop.aborted) this.#onStop();
    else this.#watchSilence();
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
    this.#abort.abort(error);
    this.close();
  }

  /** Lets go of timers and listeners; the stream has ended. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#stop.removeEventListener('abort', this.#onStop);
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
