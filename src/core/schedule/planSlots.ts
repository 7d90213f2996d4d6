import { timeOf } from '../run/conditions.ts';
import type { SkipReason } from './schedule.ts';
import { lastSlots } from './slots.ts';
import type { Slot } from './timing.ts';
import type { Child, ScheduleRules, ScheduleView } from './view.ts';

/** A slot that a leader finds when its term begins fires if it is no older: a change of leader takes 15 s and a little. */
export const SEEN_WITHIN_MS = 20_000;

/**
 * A slot that was seen in time has so long to be made: thousands are due at the same minute, and an API server may be away
 * for a moment. After that it counts as missed.
 */
const MADE_WITHIN_MS = 120_000;

/** Slots that are remembered. */
export const MAX_RECENT = 20;

/** Why a slot is not made that came before a change which nobody saw at once. */
const CHANGED_SINCE =
  'the schedule was changed before any operator saw the slot, and may have been suspended when it came';

/** What the moment says. */
export interface Moment {
  /** ms since the epoch, as the API server has it. */
  readonly now: number;
  /** When the term of this leader began. */
  readonly termBegan: number;
}

/** A slot that is due, with what is to come of it. */
export type DueSlot =
  | { readonly kind: 'fire'; readonly slot: Slot }
  /** It was made before: by us, or by a leader that did not get to write it down. */
  | { readonly kind: 'made'; readonly slot: Slot; readonly name: string }
  | { readonly kind: 'skip'; readonly slot: Slot; readonly reason: SkipReason; readonly message: string };

/** What is to be done for a schedule now. */
export interface SlotPlan {
  /** From when on slots count; undefined: none do. */
  readonly countedSince: number | undefined;
  /** Oldest first. */
  readonly due: readonly DueSlot[];
  /** Those to be ended before anything is made. */
  readonly replaced: readonly Child[];
  readonly next: Slot | undefined;
}

/**
 * Slots that have come since the last one that was written down, and what becomes of each. A schedule counts from its
 * creation on; after a resume, a change of its timing or of what made it invalid from the moment that this is seen.
 */
export function planSlots(view: ScheduleView, children: readonly Child[], moment: Moment): SlotPlan {
  const { rules } = view;
  if (rules === undefined || view.suspend) {
    return { countedSince: undefined, due: [], replaced: [], next: undefined };
  }
  const countedSince = countsSince(view, rules, moment.now);
  const from = Math.max(countedSince, lastSlotOf(view));
  const most = MAX_RECENT + (rules.catchUp.kind === 'All' ? rules.catchUp.most : 0);
  const slots = lastSlots(rules.timing, from, moment.now, most);
  const wanted = isUnsure(view)
    ? slots.map((slot) => asMade(slot, children) ?? missed(slot, CHANGED_SINCE))
    : inTime(rules, children, slots, moment);
  const { due, replaced } = withoutOverlap(rules, children, wanted);
  return { countedSince, due, replaced, next: rules.timing.next(moment.now) };
}

/** The slot that may have been made by a leader that did not get to write it down, though its time is over. */
export function doubtfulSlot({ due }: Pick<SlotPlan, 'due'>): Slot | undefined {
  const [oldest] = due;
  return oldest?.kind === 'skip' && oldest.reason !== 'Overlap' ? oldest.slot : undefined;
}

function countsSince(
  { record, generation, createdAt, inheritedSlot }: ScheduleView,
  rules: ScheduleRules,
  now: number,
): number {
  const { counting } = record ?? {};
  if (counting !== undefined && counting.timing === rules.timing.text) return timeOf(counting.since) ?? now;
  if (record !== undefined) return now;
  // Nobody has looked at it yet. One that was changed since may have been suspended until a moment ago.
  return inheritedSlot ?? (generation <= 1 ? createdAt : now);
}

/** Its spec is another than the one that was last looked at: what held when a slot came in between nobody knows any more. */
function isUnsure({ record, generation }: ScheduleView): boolean {
  return record !== undefined && record.observedGeneration !== generation;
}

function lastSlotOf({ record }: ScheduleView): number {
  return timeOf(record?.lastSlot) ?? 0;
}

function inTime(
  rules: ScheduleRules,
  children: readonly Child[],
  slots: readonly Slot[],
  { now, termBegan }: Moment,
): DueSlot[] {
  const isOnTime = ({ at }: Slot) =>
    at >= termBegan - SEEN_WITHIN_MS && now - Math.max(at, termBegan) <= MADE_WITHIN_MS;
  const madeUp = new Set(
    lateSlotsToMake(
      rules,
      slots.filter((slot) => asMade(slot, children) === undefined),
      isOnTime,
      now,
    ),
  );
  return slots.map((slot): DueSlot => {
    const made = asMade(slot, children);
    if (made !== undefined) return made;
    if (isOnTime(slot) || madeUp.has(slot)) return { kind: 'fire', slot };
    return whyLate(rules, slot, now);
  });
}

/** A slot that was made before; undefined: it was not. */
function asMade(slot: Slot, children: readonly Child[]): DueSlot | undefined {
  const name = children.find((child) => child.slot === slot.at)?.name;
  return name === undefined ? undefined : { kind: 'made', slot, name };
}

function missed(slot: Slot, message: string): DueSlot {
  return { kind: 'skip', slot, reason: 'Missed', message };
}

/** Of the slots that nobody saw in time, those that catchUp makes up. */
function lateSlotsToMake(
  { catchUp, deadlineMs }: ScheduleRules,
  slots: readonly Slot[],
  isOnTime: (slot: Slot) => boolean,
  now: number,
): Slot[] {
  const young = slots.filter(({ at }) => deadlineMs === undefined || now - at <= deadlineMs);
  switch (catchUp.kind) {
    case 'None':
      return [];
    case 'Last':
      // The last of all: one that is on time stands for those before it.
      return young.slice(-1);
    case 'All':
      return young.filter((slot) => !isOnTime(slot)).slice(-catchUp.most);
    default:
      return catchUp satisfies never;
  }
}

function whyLate({ catchUp, deadlineMs }: ScheduleRules, slot: Slot, now: number): DueSlot {
  if (catchUp.kind !== 'None' && deadlineMs !== undefined && now - slot.at > deadlineMs) {
    const message = `it is older than startingDeadlineSeconds, ${deadlineMs / 1000}, allows`;
    return { kind: 'skip', slot, reason: 'TooOld', message };
  }
  switch (catchUp.kind) {
    case 'None':
      return missed(slot, 'no operator saw it in time, and catchUp is None');
    case 'Last':
      return missed(slot, 'no operator saw it in time, and catchUp makes up the last one only');
    case 'All':
      return missed(slot, `no operator saw it in time, and catchUp makes up ${catchUp.most} at most`);
    default:
      return catchUp satisfies never;
  }
}

/** Applies `overlap`: what is made in the same go counts as alive, as what was made before. */
function withoutOverlap(
  { overlap }: ScheduleRules,
  children: readonly Child[],
  due: readonly DueSlot[],
): { due: DueSlot[]; replaced: Child[] } {
  const alive = children.filter(({ state }) => state === 'active');
  const slots = new Set(due.map(({ slot }) => slot.at));
  const earlier = alive.filter(({ slot }) => slot === undefined || !slots.has(slot));
  const firing = due.filter(({ kind }) => kind === 'fire');
  if (overlap === 'Replace') {
    const last = firing.at(-1);
    const skipped = due.map((one) =>
      one.kind === 'fire' && one !== last ? overlapped(one.slot, 'a later slot takes its place') : one,
    );
    return { due: skipped, replaced: last === undefined ? [] : alive.filter(({ isGoing }) => !isGoing) };
  }
  if (overlap !== 'Forbid') return { due: [...due], replaced: [] };
  let holder = earlier[0]?.name ?? nameAlive(due, alive);
  const result = due.map((one) => {
    if (one.kind !== 'fire') return one;
    if (holder !== undefined) return overlapped(one.slot, `${holder} has not ended, and overlap is Forbid`);
    holder = 'the one of an earlier slot';
    return one;
  });
  return { due: result, replaced: [] };
}

function nameAlive(due: readonly DueSlot[], alive: readonly Child[]): string | undefined {
  const names = new Set(alive.map(({ name }) => name));
  return due.flatMap((one) => (one.kind === 'made' && names.has(one.name) ? [one.name] : []))[0];
}

function overlapped(slot: Slot, message: string): DueSlot {
  return { kind: 'skip', slot, reason: 'Overlap', message };
}
