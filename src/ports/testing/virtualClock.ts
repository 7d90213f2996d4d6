import type { Clock } from '../clock.ts';

/** A clock that stands still until a test moves it. */
export interface VirtualClock extends Clock {
  /**
   * Moves time on by `ms`. Timers fire in order of their due time (of equals, the one set first), each at its
   * own time, and whatever a timer set going settles before the next one fires.
   */
  advance(ms: number): Promise<void>;
  /** Lets everything that needs no more time settle. */
  settle(): Promise<void>;
  /** A process that was paused: time has gone on by `ms` and no timer fired. The next `advance` fires the overdue ones. */
  pause(ms: number): void;
  /** Moves wall time by `ms` (may be negative); monotonic time and timers don't notice. */
  shiftWall(ms: number): void;
  /** How many timers are set. */
  timers(): number;
}

interface VirtualTimer {
  readonly due: number;
  readonly fn: () => void;
}

/** Promise chains need no more than one turn of the event loop, however long they are; streams of Node take a few. */
const SETTLE_TURNS = 3;

/** Wall time starts at `startMs` (ms since the epoch), monotonic time at 0. */
export function virtualClock(startMs = 0): VirtualClock {
  let elapsed = 0;
  let wallOffset = startMs;
  const timers = new Set<VirtualTimer>();

  async function settle(): Promise<void> {
    for (let turn = 0; turn < SETTLE_TURNS; turn++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  async function advance(ms: number): Promise<void> {
    const target = elapsed + ms;
    await settle();
    for (let timer = earliest(timers, target); timer; timer = earliest(timers, target)) {
      timers.delete(timer);
      elapsed = Math.max(elapsed, timer.due);
      timer.fn();
      await settle();
    }
    elapsed = Math.max(elapsed, target);
  }

  return {
    now: () => wallOffset + elapsed,
    monotonic: () => elapsed,
    after(ms, fn) {
      const timer = { due: elapsed + Math.max(0, ms), fn };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    advance,
    settle,
    pause(ms) {
      elapsed += ms;
    },
    shiftWall(ms) {
      wallOffset += ms;
    },
    timers: () => timers.size,
  };
}

function earliest(timers: Iterable<VirtualTimer>, target: number): VirtualTimer | undefined {
  let first: VirtualTimer | undefined;
  for (const timer of timers) {
    if (timer.due <= target && (!first || timer.due < first.due)) first = timer;
  }
  return first;
}
