import type { Clock } from '../../ports/clock.ts';
import { onAbort } from '../../ports/onAbort.ts';

/** When requests about a lease are given up: after `limitMs`, or when `stop` is aborted. */
export interface TimeLimit {
  readonly clock: Clock;
  readonly limitMs: number;
  readonly stop: AbortSignal;
}

/** Does the work under a signal that tells it to give up; the reason says which of the two it was. */
export async function withTimeLimit(
  { clock, limitMs, stop }: TimeLimit,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const abort = new AbortController();
  const tooLate = new Error(`the lease: no answer within ${limitMs / 1000} s`);
  const timer = clock.after(limitMs, () => abort.abort(tooLate));
  const forget = onAbort(stop, () => abort.abort(stop.reason));
  try {
    await work(abort.signal);
  } finally {
    timer.cancel();
    forget();
  }
}
