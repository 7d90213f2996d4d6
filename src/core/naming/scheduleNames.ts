import { createHash } from 'node:crypto';
import { MAX_RUN_NAME } from './naming.ts';

/** Marks of what a schedule made. */
export const SCHEDULE_MARK = {
  /** Label: name of the schedule. */
  schedule: 'endwell.dev/schedule',
  /** Annotation: the slot it was made for, RFC 3339; left out where somebody triggered it. */
  slot: 'endwell.dev/slot',
  /** Annotation: who triggered it. */
  triggeredBy: 'endwell.dev/triggered-by',
} as const;

/** Longest name of what a CronOMJob makes, without the time: 52, a dash and ten digits are 63. */
const MAX_CRON_BASE = 52;

/** Hex digits that stand for what was cut: OpenMetadata's operator uses as many. */
const HASH_DIGITS = 6;

/** Digits of a time in seconds, until the year 2286, and the dash before them. */
const TIME_LENGTH = 11;

/** Name of the run that a schedule makes for a slot (ms since the epoch): the same whoever makes it, at most 57 characters. */
export function slotRunName(schedule: string, slot: number): string {
  return `${fitName(schedule, MAX_RUN_NAME - TIME_LENGTH)}-${seconds(slot)}`;
}

/** Name of the OMJob that a CronOMJob makes for a slot (ms since the epoch): the same whoever makes it, at most 63 characters. */
export function slotOMJobName(cronOMJob: string, slot: number): string {
  return `${fitName(cronOMJob, MAX_CRON_BASE)}-${seconds(slot)}`;
}

/** A name of at most `max` characters: one that is longer is cut, and ends with a hash of the whole. */
export function fitName(name: string, max: number): string {
  if (name.length <= max) return name;
  const readable = name.slice(0, max - HASH_DIGITS - 1).replace(/[-._]+$/, '');
  const hash = createHash('md5').update(name).digest('hex').slice(0, HASH_DIGITS);
  return `${readable}-${hash}`;
}

function seconds(ms: number): string {
  return String(Math.floor(ms / 1000));
}
