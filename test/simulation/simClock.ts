import { Heap } from '../../src/kube/queue/heap.ts';
import type { Clock } from '../../src/ports/clock.ts';

/** The only time there is in a simulation. */
export interface SimClock extends Clock {
  /**
   * Goes on until `until` says that it is enough, or the time (ms since the start) is reached. Timers fire in order of
   * their due time, of equals the one set first; what each sets going settles before the next, and then `until` is asked.
   */
  run(toMs: number, until?: () => boolean): Promise<void>;
}

interface SimTimer {
  readonly due: number;
  readonly order: number;
  fn: (() => void) | undefined;
}

/** Finest step of time, ms. Sums of fractions differ in their last bits: a wait for such a difference would never end. */
const RESOLUTION_MS = 0.001;

/** A seed fires about a thousand; so many only fire when something waits for what time does not bring. */
const MOST_TIMERS = 2_000_000;

/** Wall time starts at `startMs`, monotonic time at 0. */
export function simClock(startMs: number): SimClock {
  let elapsed = 0;
  let order = 0;
  let fired = 0;
  const timers = new Heap<SimTimer>((a, b) => (a.due === b.due ? a.order < b.order : a.due < b.due));

  /** The earliest timer that is still wanted and due by then; a later one is kept. */
  function next(toMs: number): SimTimer | undefined {
    for (;;) {
      const timer = timers.pop();
      if (timer === undefined) return undefined;
      if (timer.fn === undefined) continue;
      if (timer.due <= toMs) return timer;
      timers.push(timer);
      return undefined;
    }
  }

  return {
    now: () => startMs + elapsed,
    monotonic: () => elapsed,
    after(ms, fn) {
      order += 1;
      const timer: SimTimer = { due: elapsed + (ms > 0 ? Math.max(ms, RESOLUTION_MS) : 0), order, fn };
      timers.push(timer);
      return {
        cancel() {
          timer.fn = undefined;
        },
      };
    },
    async run(toMs, until = () => false) {
      await settle();
      await stepByStep(() => {
        if (until()) return 'over';
        const timer = next(toMs);
        elapsed = Math.max(elapsed, timer?.due ?? toMs);
        if (timer === undefined) return 'over';
        fired += 1;
        if (fired > MOST_TIMERS) throw new Error(`simulating: timers fire without end at ${elapsed} ms`);
        timer.fn?.();
        timer.fn = undefined;
        return 'on';
      });
    },
  };
}

/** Nothing in a simulation does I/O: all chains of promises end before the event loop turns once. */
function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** So many steps in one turn of the event loop: a turn costs as much as a small step. */
const STEPS = 64;

/** Makes one step after the other until it is over; what one sets going settles before the next, as between any two immediates. */
function stepByStep(step: () => 'on' | 'over'): Promise<void> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const make = () => {
      if (isOver) return;
      try {
        isOver = step() === 'over';
        if (isOver) resolve();
      } catch (error) {
        isOver = true;
        reject(error);
      }
    };
    const turn = () => {
      if (isOver) return;
      for (let count = 0; count < STEPS; count += 1) setImmediate(make);
      setImmediate(turn);
    };
    turn();
  });
}
