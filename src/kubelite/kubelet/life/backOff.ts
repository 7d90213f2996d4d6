/** First delay, from Kubernetes' kubelet (CrashLoopBackOff and ImagePullBackOff alike). */
const FIRST_MS = 10_000;
/** Delays double up to this; the same source. */
const LONGEST_MS = 300_000;
/** A container that ran this long starts anew: twice the longest delay, the same source. */
const FORGET_MS = 2 * LONGEST_MS;

/** Delays between failures of one thing: none before the first repetition, then 10 s, doubling to 5 min. */
export interface BackOff {
  /** ms that have to pass after the last failure. */
  readonly delayMs: number;
}

/** Nothing has failed yet. */
export const NO_BACK_OFF: BackOff = { delayMs: 0 };

/** After one more failure; `ranMs` is how long the failed attempt lasted. */
export function afterFailure(backOff: BackOff, ranMs = 0): BackOff {
  if (backOff.delayMs === 0 || ranMs >= FORGET_MS) return { delayMs: FIRST_MS };
  return { delayMs: Math.min(backOff.delayMs * 2, LONGEST_MS) };
}

/** ms between the end of an attempt that lasted `ranMs` and the next start. */
export function restartDelay(backOff: BackOff, ranMs: number): number {
  return ranMs >= FORGET_MS ? 0 : backOff.delayMs;
}

/** What a kubelet that was restarted has to assume of a container that was restarted `restarts` times. */
export function backOffAfterRestarts(restarts: number): BackOff {
  if (restarts === 0) return NO_BACK_OFF;
  return { delayMs: Math.min(FIRST_MS * 2 ** Math.min(restarts - 1, 10), LONGEST_MS) };
}

/** `10s`, `1m20s`: a delay as Kubernetes' sentences write it. */
export function spellDelay(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
