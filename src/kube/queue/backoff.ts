import type { Random } from '../../ports/clock.ts';

/** How long to wait after failures: `baseMs` doubled for each one after the first, at most `capMs`. */
export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
}

/** Delay in ms after the n-th failure in a row (from 1), drawn from the upper half of its step so that many waiters spread. */
export function backoffDelay(backoff: Backoff, failures: number, random: Random): number {
  const step = Math.min(backoff.capMs, backoff.baseMs * 2 ** Math.min(failures - 1, 52));
  return step / 2 + (random() * step) / 2;
}
