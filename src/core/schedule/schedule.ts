import type { Condition, ObjectMeta } from 'kubernetes-types/meta/v1.d.ts';
import type { RunSpec } from '../run/run.ts';

/** A Schedule as DOMAIN.md §2b has it. The schema that says what is valid is `spec.ts`. */
export interface Schedule {
  apiVersion: 'endwell.dev/v1';
  kind: 'Schedule';
  metadata: ObjectMeta;
  spec: ScheduleSpec;
  status?: ScheduleRecord;
}

/** What becomes of slots that nobody saw in time. */
export type CatchUp = 'None' | 'Last' | { all: number };

/** What becomes of a slot while a run of the schedule is alive. */
export type Overlap = 'Allow' | 'Forbid' | 'Replace' | 'Queue';

export interface ScheduleSpec {
  /** One expression of five fields, or several. */
  cron: string | string[];
  /** A name of the IANA database; default UTC. */
  timeZone?: string;
  suspend?: boolean;
  /** Default None. */
  catchUp?: CatchUp;
  /** Default Forbid. */
  overlap?: Overlap;
  /** How old a slot may be that catchUp makes up; not set: any age. Without catchUp it has no effect. */
  startingDeadlineSeconds?: number;
  /** Runs that have ended and are kept; default 3 of each. */
  history?: { succeeded?: number; failed?: number };
  run: ScheduledRun;
}

/** What each slot makes. */
export interface ScheduledRun {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: RunSpec;
}

/** Why no run was made for a slot. */
export type SkipReason =
  /** Nobody saw it in time, and catchUp does not make it up. */
  | 'Missed'
  /** Older than startingDeadlineSeconds allows. */
  | 'TooOld'
  /** A run of the schedule was alive, or a later slot took its place. */
  | 'Overlap'
  /** An object that is not this schedule's has the name. */
  | 'NameTaken'
  /** The API server refused the run as it is. */
  | 'Refused';

/** A slot with what came of it. */
export type RecentSlot =
  | { slot: string; run: string }
  | { slot: string; skipped: SkipReason; message?: string };

/** What is kept of a schedule's past; the status of a Schedule, and `status.endwell` of a CronOMJob. */
export interface ScheduleRecord {
  observedGeneration?: number;
  /** Slots count since `since`, as long as the timing is `timing`; not there: none count (suspended, or not valid). */
  counting?: { since: string; timing: string };
  /** The last slot that something came of. */
  lastSlot?: string;
  nextSlot?: string;
  /** Names of what it made and is alive. */
  active: string[];
  /** At most 20, the latest last. */
  recent: RecentSlot[];
  conditions: Condition[];
}
