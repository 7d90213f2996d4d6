import { readNamed } from '../../actions/readFresh.ts';
import type { EffectOptions } from '../../actions/target.ts';
import { beyondHistory } from '../../core/schedule/history.ts';
import {
  type DueSlot,
  doubtfulSlot,
  type Moment,
  planSlots,
  type SlotPlan,
} from '../../core/schedule/planSlots.ts';
import { nextRecord, type SlotOutcome } from '../../core/schedule/record.ts';
import type { ScheduleRecord } from '../../core/schedule/schedule.ts';
import type { Child, ReadRules, ScheduleView } from '../../core/schedule/view.ts';
import { AlreadyExistsError, ConflictError, InvalidError, NotFoundError } from '../../kube/errors.ts';
import type { ReconcileResult } from '../../kube/queue/controller.ts';
import type { KubeClient, KubeObject } from '../../kube/types.ts';
import { type Json, sameJson } from '../../kubernetes/json.ts';
import { isNewer } from '../isNewer.ts';
import type { Children } from './children.ts';
import type { ScheduleKind } from './scheduleKind.ts';

/** What a reconcile of schedules of one kind needs. */
export interface ScheduleParts<T extends KubeObject> {
  readonly kind: ScheduleKind<T>;
  readonly client: KubeClient;
  readonly children: Children;
  /** The schedule by `namespace/name`, as the watch shows it. */
  readonly cached: (key: string) => T | undefined;
  /** What this process wrote last, by key: the watch may be behind, and a CRD of somebody else's may keep less. */
  readonly written: Map<string, { readonly object: T; readonly record: ScheduleRecord }>;
  /** What specs said, by UID: to read one again costs more than all else that a look at a schedule does. */
  readonly rules: Map<string, { readonly generation: number | undefined; readonly read: ReadRules }>;
  /** Hears what came of slots, once that is written down. */
  readonly onSlots: (object: T, outcomes: readonly SlotOutcome[]) => void;
  /** Hears what has ended and is more than the schedule keeps. */
  readonly onEnded: (object: T, tooMany: readonly Child[]) => void;
  /** Looks at the clock: a process that was paused must notice that its time is over before it writes. */
  readonly mayAct: () => boolean;
  /** When the term of this leader began, ms. */
  readonly termBegan: () => number;
}

/** What a reconcile found and did, for its log line. */
export interface ScheduleLook {
  readonly outcomes: SlotOutcome[];
}

/**
 * Brings one schedule up to date: makes what is due, writes down what came of each slot, says what has ended and is
 * more than it keeps. It may end between any two writes: what is made has a name that only this slot gives, so whoever
 * comes next finds it, and nothing is made twice.
 */
export async function reconcileSchedule<T extends KubeObject>(
  parts: ScheduleParts<T>,
  key: string,
  look: ScheduleLook,
  options: EffectOptions,
): Promise<ReconcileResult> {
  const { kind, children, mayAct } = parts;
  const shown = latest(parts, key);
  if (shown === undefined || isGoing(shown) || !mayAct()) return {};
  const uid = shown.metadata?.uid ?? '';
  const moment = { now: parts.client.serverNow(), termBegan: parts.termBegan() };
  await lookForUnseen(parts, shown, moment.now, options);
  const sight = await confirmed(parts, await sightOf(parts, key, shown, moment, options), moment, options);
  if (sight === undefined) return {};
  const { object, view, plan } = sight;
  for (const child of plan.replaced) await unlessGone(kind.end(object, child, options));
  for (const due of plan.due) {
    if (!mayAct()) return {};
    look.outcomes.push(await outcomeOf(parts, object, due, options));
  }
  const alive = children.of(uid).flatMap(({ state, name }) => (state === 'active' ? [name] : []));
  const record = nextRecord(view, plan, look.outcomes, alive, moment.now);
  if (!mayAct()) return {};
  if (!isSame(record, view.record)) {
    parts.written.set(key, { object: await kind.write(object, view, record, options), record });
    parts.onSlots(object, look.outcomes);
  }
  if (view.rules !== undefined) parts.onEnded(object, beyondHistory(children.of(uid), view.rules.keep));
  return plan.next === undefined ? {} : { wakeAtMs: plan.next.at };
}

/** Of what the watch shows and what we wrote last, the later version. */
function latest<T extends KubeObject>({ cached, written }: ScheduleParts<T>, key: string): T | undefined {
  const seen = cached(key);
  const ours = written.get(key)?.object;
  if (seen === undefined || seen.metadata?.uid !== ours?.metadata?.uid) {
    written.delete(key);
    return seen;
  }
  return ours !== undefined && isNewer(ours, seen) ? ours : seen;
}

function viewOf<T extends KubeObject>(
  { kind, written, rules }: ScheduleParts<T>,
  key: string,
  object: T,
): ScheduleView {
  const { uid = '', generation } = object.metadata ?? {};
  const known = rules.get(uid);
  const read = known?.generation === generation ? known?.read : undefined;
  const view = kind.view(object, read ?? kind.readRules(object));
  if (read === undefined) rules.set(uid, { generation, read: { rules: view.rules, problem: view.problem } });
  const record = view.record ?? written.get(key)?.record;
  return { ...view, record };
}

/** What we made and the watch never told of was made and deleted while it was interrupted, or will be told of yet. */
async function lookForUnseen<T extends KubeObject>(
  { kind, children }: ScheduleParts<T>,
  object: T,
  now: number,
  options: EffectOptions,
): Promise<void> {
  const uid = object.metadata?.uid ?? '';
  for (const name of children.unseen(uid, now)) {
    const child = await kind.find(object, name, options);
    children.forget(uid, name);
    if (child !== undefined) children.note(uid, child, now);
  }
}

/** One version of a schedule, and what is to be done by it. */
interface Sight<T extends KubeObject> {
  readonly key: string;
  readonly object: T;
  readonly view: ScheduleView;
  readonly plan: SlotPlan;
}

async function sightOf<T extends KubeObject>(
  parts: ScheduleParts<T>,
  key: string,
  object: T,
  moment: Moment,
  options: EffectOptions,
): Promise<Sight<T>> {
  const view = viewOf(parts, key, object);
  return { key, object, view, plan: await planOf(parts, object, view, moment, options) };
}

/**
 * Before anything is made or ended, the schedule as the API server has it now: what the watch shows may have been suspended,
 * changed or deleted for as long as the watch is behind, and a later leader may have written down what became of the
 * slot. undefined: it is gone.
 */
async function confirmed<T extends KubeObject>(
  parts: ScheduleParts<T>,
  sight: Sight<T>,
  moment: Moment,
  options: EffectOptions,
): Promise<Sight<T> | undefined> {
  const { key, object, plan } = sight;
  if (!plan.due.some(({ kind }) => kind === 'fire')) return sight;
  const { namespace = '', name = '', uid, resourceVersion } = object.metadata ?? {};
  const now = await readNamed(parts.client, parts.kind.resource, { namespace, name }, options);
  if (now === undefined || now.metadata?.uid !== uid || isGoing(now)) return undefined;
  return now.metadata?.resourceVersion === resourceVersion
    ? sight
    : sightOf(parts, key, now, moment, options);
}

function isGoing({ metadata }: KubeObject): boolean {
  return metadata?.deletionTimestamp !== undefined;
}

/** Before a slot is called missed: an earlier leader may have made it, and our watch be behind. */
async function planOf<T extends KubeObject>(
  { kind, children }: ScheduleParts<T>,
  object: T,
  view: ScheduleView,
  moment: Moment,
  options: EffectOptions,
): Promise<SlotPlan> {
  const uid = object.metadata?.uid ?? '';
  const plan = planSlots(view, children.of(uid), moment);
  const slot = doubtfulSlot(plan);
  if (slot === undefined) return plan;
  const child = await kind.find(object, kind.childName(object, slot.at), options);
  if (child === undefined) return plan;
  children.note(uid, child, moment.now);
  return planSlots(view, children.of(uid), moment);
}

async function outcomeOf<T extends KubeObject>(
  { kind, children, client }: ScheduleParts<T>,
  object: T,
  due: DueSlot,
  options: EffectOptions,
): Promise<SlotOutcome> {
  if (due.kind !== 'fire') return due;
  const { slot } = due;
  const uid = object.metadata?.uid ?? '';
  const name = kind.childName(object, slot.at);
  const made = (child: Child): SlotOutcome => {
    children.note(uid, child, client.serverNow());
    return { kind: 'made', slot, name };
  };
  try {
    return made(await kind.make(object, slot.at, options));
  } catch (error) {
    if (error instanceof AlreadyExistsError) {
      const found = await kind.find(object, name, options);
      const message = `an object of the name ${name} that this schedule did not make is in the way`;
      return found === undefined ? { kind: 'skip', slot, reason: 'NameTaken', message } : made(found);
    }
    if (error instanceof InvalidError) {
      return { kind: 'skip', slot, reason: 'Refused', message: error.message };
    }
    throw error;
  }
}

/** What is gone, or is another by now, needs no end. */
async function unlessGone(effect: Promise<void>): Promise<void> {
  try {
    await effect;
  } catch (error) {
    if (!(error instanceof NotFoundError) && !(error instanceof ConflictError)) throw error;
  }
}

/** Fields that a newer version keeps in a record are not ours to compare. */
function isSame(record: ScheduleRecord, before: ScheduleRecord | undefined): boolean {
  const fields = [
    'observedGeneration',
    'counting',
    'lastSlot',
    'nextSlot',
    'active',
    'recent',
    'conditions',
  ] as const;
  return (
    before !== undefined &&
    fields.every((field) => sameJson(record[field] as unknown as Json, before[field] as unknown as Json))
  );
}
