import type { Clock } from './clock.ts';
import { onAbort } from './onAbort.ts';

/** When work is given up: after `limitMs`, or when `stop` is aborted. */
export interface TimeLimit {
  /** What takes too long then, as a message begins: "reading pod log". */
  readonly what: string;
  readonly clock: Clock;
  readonly limitMs: number;
  readonly stop: AbortSignal | undefined;
}

/** Does the work under a signal that tells it to give up; the reason says which of the two it was. */
export async function withTimeLimit<A>(
  { what, clock, limitMs, stop }: TimeLimit,
  work: (signal: AbortSignal) => Promise<A>,
): Promise<A> {
  const abort = new AbortController();
  const tooLate = () => abort.abort(new Error(`${what}: no answer within ${limitMs / 1000} s`));
  const timer = clock.after(limitMs, tooLate);
  const forget = onAbort(stop, () => abort.abort(stop?.reason));
  try {
    return await work(abort.signal);
  } finally {
    timer.cancel();
    forget();
  }
}
