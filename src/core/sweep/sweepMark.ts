import type { ObjectMeta } from 'kubernetes-types/meta/v1.d.ts';
import { ANNOTATION } from '../naming/naming.ts';
import { timeOf, timeText } from '../run/conditions.ts';

/**
 * How long an object that nobody wants stays marked before it is deleted. Far longer than the two minutes that a reconcile has to
 * record what it relies on, and long enough to restore runs from a backup, or to see the mark and ask why.
 */
export const SWEEP_GRACE_MS = 3_600_000;

/** A mark that lies further ahead than any of ours can was set by a wrong clock. Clocks learned from the API server differ by seconds. */
const SLACK_MS = 300_000;

/** `none`: not marked, or with what is no mark of ours; `waits`: marked, and its time has not come; `due`: it has. */
export type SweepState = 'none' | 'waits' | 'due';

/** What the mark of an object says. `now`: API server's time, ms since the epoch. */
export function sweepState(object: { readonly metadata?: ObjectMeta }, now: number): SweepState {
  const at = timeOf(object.metadata?.annotations?.[ANNOTATION.sweepAfter]);
  if (at === undefined || at > now + SWEEP_GRACE_MS + SLACK_MS) return 'none';
  return at > now ? 'waits' : 'due';
}

/** Whether an object carries a mark, be it readable or not. */
export function isMarked(object: { readonly metadata?: ObjectMeta }): boolean {
  return object.metadata?.annotations?.[ANNOTATION.sweepAfter] !== undefined;
}

/** The mark that is set now. */
export function sweepMark(now: number): string {
  return timeText(now + SWEEP_GRACE_MS);
}
