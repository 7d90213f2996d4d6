import type { Clock } from '../../ports/clock.ts';

/**
 * The API server's time, learned from the Date headers of its answers.
 *
 * A Date header is cut to whole seconds, and was written somewhere between the request and its answer. So one answer
 * proves only that the offset (server's time minus our monotonic time) lies in an interval a second and a round trip
 * wide. The intervals of many answers are intersected: it soon is a few milliseconds wide, and its middle is the offset.
 *
 * - Both clocks drift: the interval widens by DRIFT with time.
 * - Several servers behind one address disagree: an answer outside the interval is an outlier, until OUTLIERS of them in
 *   a row agree with one another; then the server's clock has been set (or this machine slept), and they replace it.
 * - `now()` never goes back by less than STEP_MS (it stands still until passed); a larger correction is a real step.
 * - Answers slower than SLOW_MS prove too little and are left out.
 */
export interface ServerTime {
  /** An answer with this Date header came at `receivedAt` to a request sent at `sentAt` (both monotonic ms). */
  learn(date: string | undefined, sentAt: number, receivedAt: number): void;
  /** ms since the epoch by the server's clock; by ours while nothing was learned. */
  now(): number;
}

/** Quartz clocks drift up to 100 ppm; twice that for two of them. */
const DRIFT = 0.0002;
/** One slow proxy or one skewed replica is no reason to move; three in a row are. */
const OUTLIERS = 3;
/** Corrections of the estimate stay below the 1 s of the Date header; twice that is no correction. */
const STEP_MS = 2_000;
/** An interval wider than that is worth less than what one fast answer gives. */
const SLOW_MS = 5_000;

interface Interval {
  low: number;
  high: number;
}

/** Learns for one cluster. */
export function serverTime(clock: Clock): ServerTime {
  let known: Interval | undefined;
  let knownAt = 0;
  let outliers: Interval | undefined;
  let outlierCount = 0;
  let last = Number.NEGATIVE_INFINITY;

  function learn(date: string | undefined, sentAt: number, receivedAt: number): void {
    const stamp = date === undefined ? Number.NaN : Date.parse(date);
    if (Number.isNaN(stamp) || receivedAt - sentAt > SLOW_MS) return;
    const sample = { low: stamp - receivedAt, high: stamp + 1_000 - sentAt };
    const drift = (receivedAt - knownAt) * DRIFT;
    const widened = known && { low: known.low - drift, high: known.high + drift };
    const agreed = widened === undefined ? sample : intersect(widened, sample);
    if (agreed === undefined) {
      keepOutlier(sample, receivedAt);
      return;
    }
    known = agreed;
    knownAt = receivedAt;
    outliers = undefined;
    outlierCount = 0;
  }

  function keepOutlier(sample: Interval, receivedAt: number): void {
    const agreed = outliers && intersect(outliers, sample);
    outlierCount = agreed === undefined ? 1 : outlierCount + 1;
    outliers = agreed ?? sample;
    if (outlierCount < OUTLIERS) return;
    known = outliers;
    knownAt = receivedAt;
    outliers = undefined;
    outlierCount = 0;
  }

  function now(): number {
    const at = known === undefined ? clock.now() : clock.monotonic() + (known.low + known.high) / 2;
    last = last - at > STEP_MS ? at : Math.max(last, at);
    return last;
  }

  return { learn, now };
}

function intersect(a: Interval, b: Interval): Interval | undefined {
  const low = Math.max(a.low, b.low);
  const high = Math.min(a.high, b.high);
  return low <= high ? { low, high } : undefined;
}
