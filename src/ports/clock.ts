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
  /** Calls `fn` once after `ms`; does not keep the process alive. */
  after(ms: number, fn: () => void): Timer;
}

/** A number in [0, 1). */
export type Random = () => number;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, fn) {
    const handle = setTimeout(fn, ms);
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** The runtime's own source of chance. */
export const systemRandom: Random = () => Math.random();

/** Resolves after `ms`; rejects with the signal's reason as soon as it is aborted. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason as Error);
    };
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
