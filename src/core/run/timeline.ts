import { timeOf, timeText } from './conditions.ts';
import type { Timeline } from './run.ts';

/** The stamps of a timeline in the order in which things happen. */
const ORDER = Object.keys({
  acceptedAt: 0,
  admittedAt: 1,
  scheduledAt: 2,
  initialisedAt: 3,
  pulledAt: 4,
  startedAt: 5,
  finishedAt: 6,
  exitStartedAt: 7,
  exitFinishedAt: 8,
} satisfies Record<keyof Timeline, number>) as (keyof Timeline)[];

/**
 * A timeline that never goes back. Stamps have several authors: ours are the API server's time to the millisecond, a
 * pod's are the clock of its node, cut to whole seconds. What is certain is that a thing happened after the one before
 * it, and before we learned of it: a new stamp outside of these bounds is moved to the nearer one. What the node said
 * stays as it was in `attempts` and in the receipt. Stamps that are stored already do not move.
 *
 * @param now when we learned of what is new, ms since the epoch
 */
export function orderedTimeline(before: Timeline | undefined, next: Timeline, now: number): Timeline {
  const ordered: Timeline = {};
  let floor = Number.NEGATIVE_INFINITY;
  for (const name of ORDER) {
    const text = next[name];
    if (text !== undefined) {
      const said = timeOf(text) ?? now;
      const at = text === before?.[name] ? said : Math.max(floor, Math.min(said, now));
      ordered[name] = at === said ? text : timeText(at);
      floor = Math.max(floor, at);
    }
  }
  return ordered;
}
