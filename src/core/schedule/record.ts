import type { Condition } from 'kubernetes-types/meta/v1.d.ts';
import { timeText } from '../run/conditions.ts';
import { boundedMessage } from '../run/status.ts';
import { MAX_RECENT, type SlotPlan } from './planSlots.ts';
import type { RecentSlot, ScheduleRecord, SkipReason } from './schedule.ts';
import type { Slot } from './timing.ts';
import type { ScheduleView } from './view.ts';

/** Names of what is alive that a status holds: who lets more run at once looks at the list of runs. */
const MAX_ACTIVE = 50;

/** What came of a slot. */
export type SlotOutcome =
  | { readonly kind: 'made'; readonly slot: Slot; readonly name: string }
  | { readonly kind: 'skip'; readonly slot: Slot; readonly reason: SkipReason; readonly message: string };

/**
 * The record of a schedule after `outcomes`. The same as the one before where nothing changed, so that a look that finds
 * nothing to do writes nothing: a suspended schedule has one write, when that is first seen.
 *
 * @param active names of what is alive
 * @param now ms since the epoch
 */
export function nextRecord(
  view: ScheduleView,
  plan: Pick<SlotPlan, 'countedSince' | 'next'>,
  outcomes: readonly SlotOutcome[],
  active: readonly string[],
  now: number,
): ScheduleRecord {
  const { record, rules } = view;
  const last = outcomes.at(-1);
  const lastSlot = last === undefined ? inheritedOrKept(view) : slotText(last.slot.at);
  return {
    observedGeneration: view.generation,
    ...(plan.countedSince === undefined || rules === undefined
      ? {}
      : { counting: { since: timeText(plan.countedSince), timing: rules.timing.text } }),
    ...(lastSlot === undefined ? {} : { lastSlot }),
    ...(plan.next === undefined ? {} : { nextSlot: slotText(plan.next.at) }),
    active: [...active].sort().slice(0, MAX_ACTIVE),
    recent: [...(record?.recent ?? []), ...outcomes.map(recentOf)].slice(-MAX_RECENT),
    conditions: [accepted(view, now)],
  };
}

/** A slot as a status has it: RFC 3339, UTC, whole seconds. */
export function slotText(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

function inheritedOrKept({ record, inheritedSlot }: ScheduleView): string | undefined {
  if (record !== undefined || inheritedSlot === undefined) return record?.lastSlot;
  return slotText(inheritedSlot);
}

function recentOf(outcome: SlotOutcome): RecentSlot {
  const slot = slotText(outcome.slot.at);
  if (outcome.kind === 'made') return { slot, run: outcome.name };
  return { slot, skipped: outcome.reason, message: boundedMessage(outcome.message) };
}

function accepted({ record, problem, generation }: ScheduleView, now: number): Condition {
  const before = record?.conditions.find(({ type }) => type === 'Accepted');
  const status = problem === undefined ? 'True' : 'False';
  return {
    type: 'Accepted',
    status,
    reason: problem === undefined ? 'Valid' : 'SpecInvalid',
    message: boundedMessage(problem ?? ''),
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : timeText(now),
    observedGeneration: generation,
  };
}
