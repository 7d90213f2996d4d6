import type { Clock, Timer } from '../../ports/clock.ts';
import { onAbort } from '../../ports/onAbort.ts';

/** Wakes one waiter: rings that come while nobody waits are one ring. */
export class Bell {
  readonly #clock: Clock;
  #hasRung = false;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#hasRung = true;
    this.#wake?.();
  }

  /** Resolves with the next ring, or after `ms` (not given: never by itself), or when the signal is aborted. */
  async wait(ms: number | undefined, signal: AbortSignal): Promise<void> {
    if (!this.#hasRung && !signal.aborted) {
      await new Promise<void>((resolve) => {
        let timer: Timer | undefined;
        const done = () => {
          timer?.cancel();
          forget();
          this.#wake = undefined;
          resolve();
        };
        const forget = onAbort(signal, done);
        this.#wake = done;
        timer = ms === undefined ? undefined : this.#clock.after(ms, done);
      });
    }
    this.#hasRung = false;
  }
}
