import type { Random } from '../../ports/clock.ts';
import type { KubeError } from '../errors.ts';
import { isTransient, TooManyRequestsError } from '../errors.ts';
import type { Call } from './call.ts';
import { isRead } from './call.ts';

/** Three more tries get over a restarting API server behind a balancer; longer trouble is the caller's to know. */
const MAX_TRIES = 4;
/** First wait; doubles each time. With jitter 0.1 + 0.2 + 0.4 s at least: an unreachable cluster is said within 2 s. */
const BASE_MS = 200;
/** A server that asks for more than that is better left to the caller's own plan (`retryAfterMs` of the error). */
const MAX_WAIT_MS = 30_000;
/** No new try when a call has taken so long: just above the server's own limit of 60 s for one request. */
const MAX_TOTAL_MS = 70_000;

/**
 * How long to wait before the `tries`+1st try, in ms; undefined: give up.
 * Reads are made again after anything that passes; writes only after 429, which says that nothing was done. The lease
 * lane is never retried: its caller counts the seconds. An eviction held by a disruption budget is an answer, not overload.
 */
export function retryDelay(
  call: Call,
  error: KubeError,
  progress: { readonly tries: number; readonly elapsedMs: number },
  random: Random,
): number | undefined {
  if (call.lane === 'lease' || progress.tries >= MAX_TRIES || progress.elapsedMs >= MAX_TOTAL_MS)
    return undefined;
  if (!mayRepeat(call, error)) return undefined;
  const jittered = BASE_MS * 2 ** (progress.tries - 1) * (0.5 + random() / 2);
  const asked = error.retryAfterMs ?? 0;
  if (asked > MAX_WAIT_MS) return undefined;
  return asked > 0 ? asked + jittered : jittered;
}

function mayRepeat(call: Call, error: KubeError): boolean {
  if (isRead(call)) return isTransient(error);
  if (!(error instanceof TooManyRequestsError)) return false;
  return !error.causes.some((cause) => cause.reason === 'DisruptionBudget');
}
