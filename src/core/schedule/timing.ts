import { Cron } from 'croner';
import type { SpecProblem } from '../run/specProblems.ts';
import { isZone, type Placed, placeOf, UTC, wallTime } from './zone.ts';

/** When a schedule fires. */
export interface Timing {
  /** Expressions and zone in one string: another string is another timing. */
  readonly text: string;
  readonly timeZone: string;
  /** The first slot after an instant (ms since the epoch); undefined: there is none any more. */
  next(after: number): Slot | undefined;
}

/** One time at which a schedule fires. */
export interface Slot extends Placed {
  /** The time that the expression asks for, as `wallTime` gives it. */
  readonly wall: number;
}

/** The timing that a spec says, or what is wrong with it. */
export type ReadTiming =
  | { readonly timing: Timing; readonly problems?: undefined }
  | { readonly timing?: undefined; readonly problems: readonly SpecProblem[] };

/** Five fields, or a nickname as `@daily`. Croner would take a date too. */
const FIVE_FIELDS = /^\s*(@[a-z]+|\S+(\s+\S+){4})\s*$/;

/** Calendars repeat after 400 years, and 29 February that is a Sunday comes within 40: what has no slot from here on has none. */
const ANY_TIME = new Date(Date.UTC(2000, 0, 1));

/** Expressions that were used last, as croner reads them, by their text. */
const patterns = new Map<string, Cron>();

/** Croner keeps a field for each of 10,000 years: an expression takes 80 KB, and is read in tens of µs. These take 16 MB. */
const MAX_PATTERNS = 200;

/**
 * Reads cron expressions (minute, hour, day of month, month, day of week; of both days one is enough) and a time zone.
 * Refuses, field by field, what is no expression, what never comes (30 February) and a zone that nobody knows.
 */
export function readTiming(
  crons: readonly string[],
  timeZone: string = UTC,
  fields: { readonly cron: string; readonly timeZone: string } = {
    cron: 'spec.cron',
    timeZone: 'spec.timeZone',
  },
): ReadTiming {
  const read = crons.map((text, index) =>
    readCron(text, crons.length === 1 ? fields.cron : `${fields.cron}[${index}]`),
  );
  const problems = [
    ...read.filter((one) => one !== undefined),
    ...(isZone(timeZone) ? [] : [zoneProblem(timeZone, fields.timeZone)]),
  ];
  if (problems.length > 0) return { problems };
  return {
    timing: {
      text: `${crons.map((text) => text.trim()).join('; ')} ${timeZone}`,
      timeZone,
      next: (after) => earliest(crons.map((text) => nextOf(patternOf(text), timeZone, after))),
    },
  };
}

/** What is wrong with an expression; undefined: nothing. */
function readCron(text: string, field: string): SpecProblem | undefined {
  const refused = (why: string) => ({
    field,
    message: `"${text}" is no cron expression of five fields, as "30 3 * * 1-5": ${why}`,
  });
  if (!FIVE_FIELDS.test(text)) {
    return refused('write minute, hour, day of month, month and day of week');
  }
  try {
    return patternOf(text).nextRun(ANY_TIME) === null
      ? { field, message: `"${text}" never comes: no month has such a day` }
      : undefined;
  } catch (error) {
    return refused(error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error));
  }
}

/** An expression as croner reads it; what was not used for longest makes room. Throws where it is none. */
function patternOf(text: string): Cron {
  const pattern =
    patterns.get(text) ??
    new Cron(text.trim(), { mode: '5-part', utcOffset: 0, paused: true, sloppyRanges: true });
  patterns.delete(text);
  patterns.set(text, pattern);
  const [oldest] = patterns.keys();
  if (patterns.size > MAX_PATTERNS && oldest !== undefined) patterns.delete(oldest);
  return pattern;
}

function zoneProblem(timeZone: string, field: string): SpecProblem {
  return {
    field,
    message: `"${timeZone}" is no time zone of the IANA database, as "Europe/Berlin" or "UTC"`,
  };
}

/**
 * Times of day are looked for on the clocks' own scale, where croner needs no zone, and placed afterwards. What the clocks
 * show only grows from one slot to the next, but for an hour that they show twice: its second passing has no slots.
 */
function nextOf(pattern: Cron, zone: string, after: number): Slot | undefined {
  for (let wall = wallTime(zone, after); ; ) {
    const next = pattern.nextRun(new Date(wall));
    if (next === null) return undefined;
    wall = next.getTime();
    const placed = placeOf(zone, wall);
    if (placed.at <= after) continue;
    const shown = wallTime(zone, placed.at);
    // Another time of the expression may be the one that the clocks show then: nothing is moved to it.
    return placed.shift === 'skipped' && isSlot(pattern, shown)
      ? { at: placed.at, wall: shown }
      : { ...placed, wall };
  }
}

function isSlot(pattern: Cron, wall: number): boolean {
  return pattern.nextRun(new Date(wall - 1000))?.getTime() === wall;
}

/** Of slots at one instant the one whose time the clocks really show. */
function earliest(slots: readonly (Slot | undefined)[]): Slot | undefined {
  return slots
    .filter((slot) => slot !== undefined)
    .reduce<Slot | undefined>(
      (best, slot) => (best === undefined || isBefore(slot, best) ? slot : best),
      undefined,
    );
}

function isBefore(a: Slot, b: Slot): boolean {
  return a.at < b.at || (a.at === b.at && b.shift === 'skipped' && a.shift !== 'skipped');
}
