import type { Slot, Timing } from './timing.ts';

/** The first `count` slots after an instant (ms since the epoch), oldest first. */
export function nextSlots(timing: Timing, after: number, count: number): Slot[] {
  const slots: Slot[] = [];
  for (
    let slot = timing.next(after);
    slot !== undefined && slots.length < count;
    slot = timing.next(slot.at)
  ) {
    slots.push(slot);
  }
  return slots;
}

/** How far back is looked first: for most schedules, what is due is seconds old. */
const FIRST_STEP_MS = 3_600_000;

/** The last `most` slots in (after, until], ms since the epoch, oldest first. */
export function lastSlots(timing: Timing, after: number, until: number, most: number): Slot[] {
  for (let step = FIRST_STEP_MS; ; step *= 2) {
    const from = Math.max(after, until - step);
    const slots = slotsWithin(timing, from, until);
    if (from === after || slots.length >= most) return slots.slice(-most);
  }
}

function slotsWithin(timing: Timing, after: number, until: number): Slot[] {
  const slots: Slot[] = [];
  for (let slot = timing.next(after); slot !== undefined && slot.at <= until; slot = timing.next(slot.at)) {
    slots.push(slot);
  }
  return slots;
}
