import { SCHEDULE_MARK } from '../../src/core/naming/scheduleNames.ts';
import type { CronOMJob } from '../../src/core/schedule/cronOMJob.ts';
import type { RecentSlot, Schedule, ScheduleRecord } from '../../src/core/schedule/schedule.ts';
import { readTiming, type Timing } from '../../src/core/schedule/timing.ts';
import type { Registry, StoredObject } from '../../src/kubelite/types.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { runResource } from './omJobs.ts';
import type { PromiseName } from './promises.ts';
import { type ScheduleKind, scheduleResource } from './schedules.ts';

/** What operators know of the API's clock is whole seconds. */
const ROUNDED_MS = 2_000;

/** After calm has come a leader is found within the longest lease, and a slot is made within seconds. */
const SETTLED_MS = 45_000;

export interface ScheduleJudgeParts {
  readonly clock: Pick<Clock, 'now'>;
  readonly registry: Registry;
  readonly violate: (promise: PromiseName, detail: string) => void;
  readonly isUndisturbed: boolean;
  /** Whether a create is of one that leads no more: what it can do is left open (docs/decisions/0010). */
  readonly isLate: (namespace: string, name: string) => boolean;
}

/** All that is known of one schedule from outside. */
interface Known {
  readonly name: string;
  readonly createdAt: number;
  /** What held since when, ms since the epoch; without a timing it was suspended. */
  readonly rules: { readonly since: number; readonly timing: Timing | undefined }[];
  /** Names of what was made for each slot, by UID. */
  readonly made: Map<number, Map<string, string>>;
  /** What its status says of each slot. */
  readonly told: Map<number, RecentSlot>;
  goneAt: number | undefined;
}

/** Watches schedules and what they make. */
export class ScheduleJudge {
  readonly #parts: ScheduleJudgeParts;
  readonly #known = new Map<string, Known>();
  #calmSince: number | undefined;

  constructor(parts: ScheduleJudgeParts) {
    this.#parts = parts;
    const { registry } = parts;
    for (const kind of ['Schedule', 'CronOMJob'] as const) {
      const resource = scheduleResource(registry, kind);
      registry.watch(resource, ({ type, object }) => this.#onSchedule(type, object, kind));
    }
    for (const kind of ['Run', 'OMJob'] as const) {
      registry.watch(runResource(registry, kind), ({ object }) => this.#onChild(object));
    }
  }

  /** From now on nothing goes wrong. */
  calm(): void {
    this.#calmSince = this.#parts.clock.now();
  }

  /** What has not been deleted. */
  left(): string[] {
    return [...this.#known.values()].flatMap(({ goneAt, name }) =>
      goneAt === undefined ? [`schedule ${name}`] : [],
    );
  }

  /** Looks for slots that have come and of which nobody says what became. */
  checkSlots(): void {
    const until = this.#parts.clock.now() - SETTLED_MS;
    for (const known of this.#known.values()) {
      if (known.goneAt === undefined) this.#checkAll(known, until);
    }
  }

  #checkAll({ name, createdAt, rules, told }: Known, until: number): void {
    rules.forEach(({ since, timing }, index) => {
      const end = Math.min(rules[index + 1]?.since ?? until, until);
      const from = Math.max(since, createdAt);
      for (
        let slot = timing?.next(from);
        slot !== undefined && slot.at <= end;
        slot = timing?.next(slot.at)
      ) {
        // One that came just before a change may be counted under either.
        const isClear = end === until || end - slot.at > SETTLED_MS;
        if (isClear && !told.has(slot.at) && this.#mustBeTold(slot.at, from)) {
          this.#violate('slotTold', `${name} does not say what became of ${textOf(slot.at)}`);
        }
      }
    });
  }

  /** Slots count from when somebody has seen a change: under faults that may be any time after it. */
  #mustBeTold(slot: number, since: number): boolean {
    const settled = this.#settledAt();
    return (
      settled !== undefined && slot > settled && (since <= slot - SETTLED_MS || this.#parts.isUndisturbed)
    );
  }

  #settledAt(): number | undefined {
    if (this.#parts.isUndisturbed) return 0;
    return this.#calmSince === undefined ? undefined : this.#calmSince + SETTLED_MS;
  }

  #onSchedule(type: string, object: StoredObject, kind: ScheduleKind): void {
    const now = this.#parts.clock.now();
    const { uid, name, creationTimestamp, deletionTimestamp } = object.metadata;
    const { timing, record } = kind === 'Schedule' ? ofSchedule(object) : ofCronOMJob(object);
    const known: Known = this.#known.get(uid) ?? {
      name,
      createdAt: Date.parse(creationTimestamp),
      rules: [],
      made: new Map(),
      told: new Map(),
      goneAt: undefined,
    };
    this.#known.set(uid, known);
    if (type === 'DELETED') known.goneAt = now;
    const held = deletionTimestamp === undefined ? timing : undefined;
    const last = known.rules.at(-1);
    if (last === undefined || last.timing?.text !== held?.text)
      known.rules.push({ since: now, timing: held });
    for (const told of Array.isArray(record?.recent) ? record.recent : []) this.#onTold(known, told);
  }

  #onTold({ name, told, made }: Known, one: RecentSlot): void {
    const slot = Date.parse(one.slot);
    const before = told.get(slot);
    if (before === undefined) {
      told.set(slot, one);
      const names = [...(made.get(slot)?.values() ?? [])];
      if ('run' in one && !names.includes(one.run)) {
        this.#violate('slotTold', `${name}: ${one.run} was never made for ${one.slot}`);
      }
      if ('skipped' in one && made.has(slot)) {
        this.#violate(
          'slotTold',
          `${name} says of ${one.slot} that it was ${one.skipped}, and its run was made`,
        );
      }
      if ('skipped' in one && (one.skipped === 'Missed' || one.skipped === 'TooOld'))
        this.#onMissed(name, slot);
    } else if (JSON.stringify(before) !== JSON.stringify(one)) {
      this.#violate('slotTold', `${name}: ${JSON.stringify(before)} became ${JSON.stringify(one)}`);
    }
  }

  #onMissed(name: string, slot: number): void {
    const settled = this.#settledAt();
    if (settled !== undefined && slot > settled) {
      this.#violate('slotMade', `${name} missed ${textOf(slot)}, and somebody led all the time`);
    }
  }

  #onChild(object: StoredObject): void {
    const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true);
    const slot = Date.parse(object.metadata.annotations?.[SCHEDULE_MARK.slot] ?? '');
    const known = this.#known.get(owner?.uid ?? '');
    if (known === undefined || Number.isNaN(slot)) return;
    const made = known.made.get(slot) ?? new Map<string, string>();
    if (made.has(object.metadata.uid)) return;
    const { name, namespace = '', uid } = object.metadata;
    known.made.set(slot, made.set(uid, name));
    if (this.#parts.isLate(namespace, name)) return;
    if (made.size > 1) this.#violate('slotOnce', `${name} was made once more`);
    const told = known.told.get(slot);
    if (told !== undefined && 'skipped' in told) {
      this.#violate('slotOnce', `${name} was made after its slot was told to be ${told.skipped}`);
    }
    if (slot > this.#parts.clock.now() + ROUNDED_MS) this.#violate('slotDue', `${name} was made too early`);
    if (!isDue(known, slot))
      this.#violate('slotDue', `${name} was made, and no such slot was to be made then`);
  }

  #violate(promise: PromiseName, detail: string): void {
    this.#parts.violate(promise, detail);
  }
}

/** Whether the schedule asked for that slot when it came. */
function isDue({ createdAt, goneAt, rules }: Known, slot: number): boolean {
  if (goneAt !== undefined && slot > goneAt) return false;
  const held = rules.findLast(({ since }) => since < slot);
  return slot > createdAt && held?.timing?.next(slot - 1)?.at === slot;
}

interface Facts {
  readonly timing: Timing | undefined;
  readonly record: ScheduleRecord | undefined;
}

function ofSchedule(object: StoredObject): Facts {
  const { spec, status } = object as unknown as Schedule;
  const { timing } = readTiming([spec.cron].flat(), spec.timeZone);
  return { timing: spec.suspend === true ? undefined : timing, record: status };
}

function ofCronOMJob(object: StoredObject): Facts {
  const { spec, status } = object as unknown as CronOMJob;
  const { timing } = readTiming([spec.schedule], spec.timeZone);
  return { timing: spec.suspend === true ? undefined : timing, record: status?.endwell };
}

function textOf(at: number): string {
  return new Date(at).toISOString();
}
