import { assert, constantFrom, integer, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastSlots, nextSlots } from './slots.ts';
import { readTiming, type Timing } from './timing.ts';
import { wallTime } from './zone.ts';

function timing(cron: string | string[], zone?: string): Timing {
  const read = readTiming([cron].flat(), zone);
  if (read.timing === undefined) throw new Error(JSON.stringify(read.problems));
  return read.timing;
}

/** `at` as RFC 3339 without seconds, and how it was shifted. */
function shown(cron: string | string[], zone: string, after: string, count: number): string[] {
  return nextSlots(timing(cron, zone), Date.parse(after), count).map(
    ({ at, shift }) => `${new Date(at).toISOString().slice(0, 16)}Z${shift === undefined ? '' : ` ${shift}`}`,
  );
}

describe('readTiming', () => {
  it('gives the same slots however many other expressions were read since', () => {
    const minutesOfDay = Array.from({ length: 300 }, (_, index) => index);
    const all = minutesOfDay.map((n) => timing(`${n % 60} ${Math.floor(n / 60)} * * *`));
    expect(all.map((one) => one.next(0)?.at)).toEqual(
      minutesOfDay.map((n) => (n === 0 ? 1_440 : n) * 60_000),
    );
  });

  it.each([
    ['* * * * *'],
    ['*/15 9-17 * * mon-fri'],
    ['5/20 0 * * *'],
    ['0 0 29 2 *'],
    ['0 0 * * 7'],
    ['0 0 13 * 5'],
    ['@daily'],
    [' 0  3 * * * '],
  ])('takes %j', (cron) => {
    expect(readTiming([cron]).problems).toBeUndefined();
  });

  it.each([
    ['', /five fields/],
    ['* * * *', /five fields/],
    ['* * * * * *', /five fields/],
    ['61 * * * *', /minute: 61/],
    ['@reboot', /no cron expression/],
    ['H * * * *', /no cron expression/],
    ['2026-01-01T00:00:00', /five fields/],
    ['0 0 30 2 *', /never comes/],
  ])('refuses %j, and says why', (cron, sentence) => {
    expect(readTiming([cron]).problems).toEqual([
      { field: 'spec.cron', message: expect.stringMatching(sentence) as string },
    ]);
  });

  it.each(['Mars/Base', '+02:00', 'Europe/berlin x', ''])('refuses the zone %j', (zone) => {
    expect(readTiming(['* * * * *'], zone).problems).toMatchObject([{ field: 'spec.timeZone' }]);
  });

  it('names each expression of a list that is wrong', () => {
    const { problems = [] } = readTiming(['0 0 * * *', 'x', 'y']);
    expect(problems.map(({ field }) => field)).toEqual(['spec.cron[1]', 'spec.cron[2]']);
  });
});

describe('the slots of a timing', () => {
  it('are what the expression asks for, seconds cut', () => {
    expect(shown('*/20 * * * *', 'UTC', '2026-01-01T00:00:30Z', 3)).toEqual([
      '2026-01-01T00:20Z',
      '2026-01-01T00:40Z',
      '2026-01-01T01:00Z',
    ]);
  });

  it('of several expressions are merged, and what two ask for comes once', () => {
    expect(shown(['0 * * * *', '30 0 * * *', '0 1 * * *'], 'UTC', '2026-01-01T00:00:00Z', 3)).toEqual([
      '2026-01-01T00:30Z',
      '2026-01-01T01:00Z',
      '2026-01-01T02:00Z',
    ]);
  });

  it.each([
    [
      'Europe/Berlin',
      '30 2 * * *',
      '2026-03-28T12:00:00Z',
      ['2026-03-29T01:00Z skipped', '2026-03-30T00:30Z'],
    ],
    [
      'America/New_York',
      '30 2 * * *',
      '2026-03-07T12:00:00Z',
      ['2026-03-08T07:00Z skipped', '2026-03-09T06:30Z'],
    ],
    [
      'America/Sao_Paulo',
      '15 0 * * *',
      '2018-11-03T12:00:00Z',
      ['2018-11-04T03:00Z skipped', '2018-11-05T02:15Z'],
    ],
    ['Africa/Cairo', '0 0 * * *', '2026-04-23T12:00:00Z', ['2026-04-23T22:00Z skipped', '2026-04-24T21:00Z']],
    [
      'Australia/Lord_Howe',
      '15 2 * * *',
      '2026-10-02T18:00:00Z',
      ['2026-10-03T15:30Z skipped', '2026-10-04T15:15Z'],
    ],
    [
      'Pacific/Apia',
      '0 10 * * *',
      '2011-12-29T21:00:00Z',
      ['2011-12-30T10:00Z skipped', '2011-12-30T20:00Z'],
    ],
  ])('that daylight saving skips in %s come at the next valid minute', (zone, cron, after, slots) => {
    expect(shown(cron, zone, after, 2)).toEqual(slots);
  });

  it.each([
    [
      'Europe/Berlin',
      '30 2 * * *',
      '2026-10-24T12:00:00Z',
      ['2026-10-25T00:30Z doubled', '2026-10-26T01:30Z'],
    ],
    [
      'America/New_York',
      '30 1 * * *',
      '2026-10-31T12:00:00Z',
      ['2026-11-01T05:30Z doubled', '2026-11-02T06:30Z'],
    ],
    [
      'Australia/Lord_Howe',
      '45 1 * * *',
      '2026-04-04T12:00:00Z',
      ['2026-04-04T14:45Z doubled', '2026-04-05T15:15Z'],
    ],
  ])('that daylight saving doubles in %s come once, the first time', (zone, cron, after, slots) => {
    expect(shown(cron, zone, after, 2)).toEqual(slots);
  });

  it('of an hour that is skipped come once, and unmarked where one of them has that time itself', () => {
    expect(shown('*/30 * * * *', 'Europe/Berlin', '2026-03-29T00:20:00Z', 3)).toEqual([
      '2026-03-29T00:30Z',
      '2026-03-29T01:00Z',
      '2026-03-29T01:30Z',
    ]);
  });

  it('of an hour that is doubled come in its first passing only', () => {
    expect(shown('*/30 * * * *', 'Europe/Berlin', '2026-10-24T23:40:00Z', 3)).toEqual([
      '2026-10-25T00:00Z doubled',
      '2026-10-25T00:30Z doubled',
      '2026-10-25T02:00Z',
    ]);
    expect(shown('*/30 * * * *', 'Europe/Berlin', '2026-10-25T01:10:00Z', 1)).toEqual(['2026-10-25T02:00Z']);
  });
});

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/St_Johns',
  'Africa/Casablanca',
  'Pacific/Chatham',
];
const CRONS = ['*/7 * * * *', '30 2 * * *', '0,59 */3 * * *', '15 1 1 * *', '5 0 * * sun', '0 3 29 2 *'];
const zones = constantFrom(...ZONES);
const crons = constantFrom(...CRONS);
const minutes = integer({ min: Date.UTC(2024, 0, 1) / 60_000, max: Date.UTC(2030, 0, 1) / 60_000 });

describe('every timing', () => {
  it('grows from slot to slot, skips nothing between two looks, and shows each time it asks for', () => {
    assert(
      property(zones, crons, minutes, (zone, cron, minute) => {
        const asked = timing(cron, zone);
        const slots = nextSlots(asked, minute * 60_000, 8);
        for (const [index, slot] of slots.entries()) {
          expect(slot.at).toBeGreaterThan(slots[index - 1]?.at ?? minute * 60_000);
          // The same from any instant between two slots.
          const between = ((slots[index - 1]?.at ?? minute * 60_000) + slot.at) / 2;
          expect(asked.next(between)?.at).toBe(slot.at);
          if (slot.shift === 'skipped') expect(wallTime(zone, slot.at)).toBeGreaterThan(slot.wall);
          else expect(wallTime(zone, slot.at)).toBe(slot.wall);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('has the same slots looked at from behind', () => {
    assert(
      property(zones, crons, minutes, integer({ min: 1, max: 12 }), (zone, cron, minute, count) => {
        const asked = timing(cron, zone);
        const slots = nextSlots(asked, minute * 60_000, count);
        const until = slots.at(-1)?.at ?? 0;
        expect(lastSlots(asked, minute * 60_000, until, count)).toEqual(slots);
        expect(lastSlots(asked, 0, until, 1)).toEqual(slots.slice(-1));
      }),
      { numRuns: 30 },
    );
  });

  it('fires once a day at a time of day, whatever the clocks do', () => {
    assert(
      property(
        zones,
        tuple(integer({ min: 0, max: 23 }), integer({ min: 0, max: 59 })),
        minutes,
        (zone, [hour, minute], start) => {
          const slots = nextSlots(timing(`${minute} ${hour} * * *`, zone), start * 60_000, 200);
          const days = slots.map(({ wall }) => Math.floor(wall / 86_400_000));
          expect(days).toEqual(days.map((_, index) => (days[0] ?? 0) + index));
        },
      ),
      { numRuns: 30 },
    );
  });
});
