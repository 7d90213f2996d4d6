import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DueSlot, MAX_RECENT, planSlots, SEEN_WITHIN_MS } from './planSlots.ts';
import { nextRecord, type SlotOutcome, slotText } from './record.ts';
import type { Overlap } from './schedule.ts';
import { readTiming, type Timing } from './timing.ts';
import type { Child, ScheduleRules, ScheduleView } from './view.ts';

const MINUTE = 60_000;
const START = Date.UTC(2030, 0, 1);
const at = (minute: number) => START + minute * MINUTE;

function everyMinute(): Timing {
  const { timing } = readTiming(['* * * * *']);
  if (timing === undefined) throw new Error('reading a timing that is valid');
  return timing;
}
const TIMING = everyMinute();

function rules(given: Partial<ScheduleRules> = {}): ScheduleRules {
  const keep = { succeeded: 3, failed: 3 };
  return {
    timing: TIMING,
    catchUp: { kind: 'None' },
    overlap: 'Allow',
    deadlineMs: undefined,
    keep,
    ...given,
  };
}

/** A schedule that was made at the start and looked at then. */
function view(given: Partial<ScheduleView> = {}): ScheduleView {
  const counting = { since: slotText(START), timing: TIMING.text };
  return {
    generation: 1,
    createdAt: START,
    rules: rules(),
    problem: undefined,
    suspend: false,
    record: { observedGeneration: 1, counting, active: [], recent: [], conditions: [] },
    ...given,
  };
}

function child(minute: number, state: Child['state'] = 'succeeded'): Child {
  return {
    name: `run-${minute}`,
    uid: `uid-${minute}`,
    slot: at(minute),
    createdAt: at(minute),
    state,
    isOver: state !== 'active',
    isGoing: false,
  };
}

const leading = (now: number) => ({ now, termBegan: START });
const told = (due: readonly DueSlot[]) =>
  due.map((one) => `${(one.slot.at - START) / MINUTE} ${one.kind === 'skip' ? one.reason : one.kind}`);

describe('planSlots', () => {
  it('fires each slot that has come, and none before', () => {
    expect(told(planSlots(view(), [], leading(at(1) - 1)).due)).toEqual([]);
    expect(told(planSlots(view(), [], leading(at(1))).due)).toEqual(['1 fire']);
    expect(planSlots(view(), [], leading(at(1))).next?.at).toBe(at(2));
  });

  it('takes a slot that was made for made, however late', () => {
    expect(told(planSlots(view(), [child(1)], leading(at(9))).due).slice(0, 2)).toEqual([
      '1 made',
      '2 Missed',
    ]);
  });

  it('fires a slot of before its term only if that is no older than a change of leader takes', () => {
    const moment = { now: at(1) + SEEN_WITHIN_MS, termBegan: at(1) + SEEN_WITHIN_MS };
    expect(told(planSlots(view(), [], moment).due)).toEqual(['1 fire']);
    const late = { now: moment.now, termBegan: moment.termBegan + 1 };
    expect(told(planSlots(view(), [], late).due)).toEqual(['1 Missed']);
  });

  it('makes nothing of what came before a change that it sees only now, and finds what was made', () => {
    const changed = view({ generation: 3, rules: rules({ catchUp: { kind: 'Last' } }) });
    expect(told(planSlots(changed, [], leading(at(2))).due)).toEqual(['1 Missed', '2 Missed']);
    expect(told(planSlots(changed, [child(2)], leading(at(2))).due)).toEqual(['1 Missed', '2 made']);
  });

  it('counts none while it is suspended or invalid', () => {
    for (const idle of [{ suspend: true }, { rules: undefined, problem: 'no cron' }]) {
      const plan = planSlots(view(idle), [], leading(at(5)));
      expect(plan).toEqual({ countedSince: undefined, due: [], replaced: [], next: undefined });
    }
  });

  it.each([
    ['Forbid', ['1 made', '2 Overlap'], []],
    ['Allow', ['1 made', '2 fire'], []],
    ['Queue', ['1 made', '2 fire'], []],
    ['Replace', ['1 made', '2 fire'], ['run-1']],
  ] as const)('does what overlap says while a run is alive: %s', (overlap, due, replaced) => {
    const plan = planSlots(view({ rules: rules({ overlap }) }), [child(1, 'active')], leading(at(2)));
    expect(told(plan.due)).toEqual(due);
    expect(plan.replaced.map(({ name }) => name)).toEqual(replaced);
  });

  it('lives any time of leaders and outages with each slot told once, in order, and fired once at most', () => {
    const lives = fc.array(
      fc.record({ seconds: fc.integer({ min: 1, max: 400 }), isNewTerm: fc.boolean() }),
      {
        maxLength: 12,
      },
    );
    const overlaps = fc.constantFrom<Overlap>('Allow', 'Forbid', 'Queue', 'Replace');
    const catchUps = fc.constantFrom<ScheduleRules['catchUp']>(
      { kind: 'None' },
      { kind: 'Last' },
      { kind: 'All', most: 3 },
    );
    fc.assert(
      fc.property(lives, overlaps, catchUps, (looks, overlap, catchUp) => {
        const outcomes = live(view({ rules: rules({ overlap, catchUp }) }), looks);
        const slots = outcomes.map(({ slot }) => slot.at);
        expect(slots).toEqual([...new Set(slots)].sort((a, b) => a - b));
      }),
      { numRuns: 60 },
    );
  });
});

interface LookAfter {
  readonly seconds: number;
  readonly isNewTerm: boolean;
}

/** What came of all slots of a schedule that is looked at now and then; what it makes ends at once. */
function live(first: ScheduleView, looks: readonly LookAfter[]): SlotOutcome[] {
  const all: SlotOutcome[] = [];
  const children: Child[] = [];
  let current = first;
  let [now, termBegan] = [START, START];
  for (const { seconds, isNewTerm } of looks) {
    now += seconds * 1000;
    if (isNewTerm) termBegan = now;
    const plan = planSlots(current, children, { now, termBegan });
    const outcomes = plan.due.map((one): SlotOutcome => {
      if (one.kind !== 'fire') return one;
      const made = child((one.slot.at - START) / MINUTE);
      children.push(made);
      return { kind: 'made', slot: one.slot, name: made.name };
    });
    all.push(...outcomes);
    current = { ...current, record: nextRecord(current, plan, outcomes, [], now) };
  }
  return all;
}

describe('nextRecord', () => {
  it('is the same where nothing came of a look', () => {
    const seen = view({ record: undefined });
    const first = nextRecord(seen, planSlots(seen, [], leading(START)), [], [], START);
    const again = { ...seen, record: first };
    const later = START + 30_000;
    expect(nextRecord(again, planSlots(again, [], leading(later)), [], [], later)).toEqual(first);
  });

  it('remembers the last slots only, with the run or the reason', () => {
    const many = Array.from({ length: MAX_RECENT + 5 }, (_, index): SlotOutcome => {
      const slot = { at: at(index + 1), wall: at(index + 1) };
      return index % 2 === 0
        ? { kind: 'made', slot, name: `run-${index + 1}` }
        : { kind: 'skip', slot, reason: 'Overlap', message: 'busy' };
    });
    const record = nextRecord(view(), { countedSince: START, next: undefined }, many, ['b', 'a'], at(30));
    expect(record.recent).toHaveLength(MAX_RECENT);
    expect(record.recent[0]).toEqual({ slot: slotText(at(6)), skipped: 'Overlap', message: 'busy' });
    expect(record.recent.at(-1)).toEqual({ slot: slotText(at(25)), run: 'run-25' });
    expect(record).toMatchObject({ lastSlot: slotText(at(25)), active: ['a', 'b'] });
  });

  it('counts no more while it is suspended, and keeps what it knew of the past', () => {
    const suspended = view({ suspend: true, generation: 2 });
    const record = nextRecord(suspended, planSlots(suspended, [], leading(at(3))), [], [], at(3));
    expect(record.counting).toBeUndefined();
    expect(record.nextSlot).toBeUndefined();
    expect(record.observedGeneration).toBe(2);
  });
});
