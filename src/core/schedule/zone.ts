/** An hour of the day, that may not exist or be there twice on the day that the clocks change. */
export interface Placed {
  /** ms since the epoch. */
  readonly at: number;
  /** `skipped`: no clock ever showed this time, `at` is the first minute after the gap. `doubled`: they show it twice, `at` is the first time. */
  readonly shift?: 'skipped' | 'doubled';
}

/** The zone of a schedule that names none. */
export const UTC = 'UTC';

/** A name of the IANA database, as `Europe/Berlin`. Offsets, as `+02:00`, are refused: newer runtimes take them, Node 20 does not. */
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/;

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Formats are dear to make (tens of µs), and there are as many as zones in use. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** Offsets by zone and day. */
const offsets = new Map<string, Map<number, number>>();

/** Days kept of one zone: three years, about 100 KB. */
const MAX_DAYS = 1_000;

/** Whether this is a time zone that the runtime knows by this name. */
export function isZone(name: string): boolean {
  if (!ZONE_NAME.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** What the clocks of a zone show at an instant: the ms since the epoch at which clocks in UTC show the same. Whole seconds. */
export function wallTime(zone: string, at: number): number {
  const second = Math.floor(at / 1000) * 1000;
  if (zone === UTC) return second;
  const offset = steadyOffset(zone, at);
  return offset === undefined ? shownTime(zone, second) : second + offset;
}

/** What the runtime's own tables say: tens of µs a question. */
function shownTime(zone: string, at: number): number {
  const part: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(at)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** When the clocks of a zone show `wall` (as `wallTime` gives it). A day without that time, and one that has it twice, are marked. */
export function placeOf(zone: string, wall: number): Placed {
  if (zone === UTC) return { at: wall };
  const steady = steadyOffset(zone, wall);
  if (steady !== undefined) return { at: wall - steady };
  const near = [...new Set([wall - DAY_MS, wall, wall + DAY_MS].map((at) => offsetAt(zone, at)))];
  const shown = near.map((offset) => wall - offset).filter((at) => wallTime(zone, at) === wall);
  if (shown.length > 1) return { at: Math.min(...shown), shift: 'doubled' };
  const [only] = shown;
  return only === undefined ? { at: endOfGap(zone, wall, near), shift: 'skipped' } : { at: only };
}

/** The first minute at which the clocks show more than `wall`, which they leave out. */
function endOfGap(zone: string, wall: number, offsets: readonly number[]): number {
  let before = wall - Math.max(...offsets);
  let after = wall - Math.min(...offsets);
  while (after - before > MINUTE_MS) {
    const middle = before + Math.floor((after - before) / 2 / MINUTE_MS) * MINUTE_MS;
    if (wallTime(zone, middle) > wall) after = middle;
    else before = middle;
  }
  return after;
}

/** The offset that holds from the day before an instant to two days after it; undefined where the clocks change meanwhile. */
function steadyOffset(zone: string, at: number): number | undefined {
  const day = Math.floor(at / DAY_MS);
  const offset = offsetOfDay(zone, day);
  const isSteady = [day - 1, day + 1, day + 2].every((other) => offsetOfDay(zone, other) === offset);
  return isSteady ? offset : undefined;
}

/** The offset at the first instant of a day of UTC; kept, for schedules ask about the same few days again and again. */
function offsetOfDay(zone: string, day: number): number {
  const ofZone = offsets.get(zone) ?? new Map<number, number>();
  const known = ofZone.get(day);
  if (known !== undefined) return known;
  if (ofZone.size >= MAX_DAYS) ofZone.clear();
  const offset = offsetAt(zone, day * DAY_MS);
  offsets.set(zone, ofZone.set(day, offset));
  return offset;
}

function offsetAt(zone: string, at: number): number {
  return shownTime(zone, at) - at;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const number = 'numeric';
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: number,
    month: number,
    day: number,
    hour: number,
    minute: number,
    second: number,
  });
  formats.set(zone, format);
  return format;
}
