import { onAbort } from './onAbort.ts';

/** A timer that was set; `cancel` is safe to call twice and after it fired. */
export interface Timer {
  cancel(): void;
}

/** Time, as an argument: the system's in a process, virtual time in a simulation. */
export interface Clock {
  /** Wall time, ms since the epoch. May jump. */
  now(): number;
  /** Never goes back; ms from any start. */
  monotonic(): number;
  /** Calls `fn` once after `ms`. Keeps the process alive only with 'hold': somebody in the foreground waits for it. */
  after(ms: number, fn: () => void, hold?: 'hold'): Timer;
}

/** A number in [0, 1). */
export type Random = () => number;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, fn, hold) {
    const handle = setTimeout(fn, ms);
    if (hold === undefined) handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** The runtime's own source of chance. */
export const systemRandom: Random = () => Math.random();

/** Resolves after `ms`; rejects with the signal's reason as soon as it is aborted. 'hold' as in `Clock.after`. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal, hold?: 'hold'): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const timer = clock.after(
      ms,
      () => {
        forget();
        resolve();
      },
      hold,
    );
    const forget = onAbort(signal, () => {
      timer.cancel();
      reject(signal?.reason as Error);
    });
  });
}
