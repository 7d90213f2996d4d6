import { OMJOB_API_VERSION, OMJOB_GROUP } from '../../src/core/omjob/omJob.ts';
import type { RunSpec } from '../../src/core/run/run.ts';
import type { CatchUp, Overlap } from '../../src/core/schedule/schedule.ts';
import type { Registry, ResourceInfo, StoredObject } from '../../src/kubelite/types.ts';
import type { Chance } from './chance.ts';
import type { Fault } from './faults.ts';
import { omJobSpecOf } from './omJobs.ts';

/** The kinds of schedules. */
export type ScheduleKind = 'Schedule' | 'CronOMJob';

/** A schedule of a simulation, and what somebody does to it. */
export interface PlannedSchedule {
  readonly kind: ScheduleKind;
  readonly name: string;
  readonly atMs: number;
  readonly cron: string;
  readonly catchUp: CatchUp;
  readonly overlap: Overlap;
  readonly run: RunSpec;
  readonly edits: readonly { readonly atMs: number; readonly edit: ScheduleEdit }[];
}

/** What somebody does to a schedule. */
export type ScheduleEdit =
  | { readonly kind: 'suspend'; readonly suspend: true | false }
  | { readonly kind: 'cron'; readonly cron: string }
  | { readonly kind: 'delete' };

/** A simulation begins at a full hour, so that slots come at its full minutes. */
export const MINUTE_MS = 60_000;

/** The share of seeds that have schedules: each lives through minutes more, and makes runs of its own. */
const SHARE = 0.04;

const CRONS = ['* * * * *', '*/2 * * * *', '*/2 * * * *', '1-59/2 * * * *'];

/** The schedules of a seed; none in most. */
export function plannedSchedules(chance: Chance): readonly PlannedSchedule[] {
  if (!chance.is(SHARE)) return [];
  return Array.from({ length: chance.is(0.2) ? 2 : 1 }, (_, index) => plannedSchedule(chance, index));
}

function plannedSchedule(chance: Chance, index: number): PlannedSchedule {
  return {
    kind: chance.is(0.5) ? 'Schedule' : 'CronOMJob',
    name: `s${index}`,
    atMs: chance.int(0, 20_000),
    cron: chance.pick(CRONS),
    catchUp: chance.pick(['None', 'None', 'Last'] as const),
    overlap: chance.pick(['Forbid', 'Allow', 'Replace'] as const),
    run: runOf(chance),
    edits: editsOf(chance),
  };
}

function runOf(chance: Chance): RunSpec {
  const pod = (image: string): RunSpec['main'] => ({
    spec: { containers: [{ name: 'main', image, command: ['true'] }], terminationGracePeriodSeconds: 2 },
  });
  const ttl = chance.int(1, 30);
  return {
    main: pod('work'),
    ...(chance.is(0.5) ? { exitHandler: pod('report') } : {}),
    ...(chance.is(0.3) ? { ttlSeconds: { succeeded: ttl, failed: ttl } } : {}),
    limits: { totalSeconds: chance.int(20, 90) },
  };
}

/** Never at a slot itself: what counts then nobody could say. */
function editsOf(chance: Chance): PlannedSchedule['edits'] {
  const atMs = chance.int(25_000, 55_000);
  switch (chance.int(0, 5)) {
    case 0:
      return [{ atMs, edit: { kind: 'delete' } }];
    case 1:
      return [{ atMs: atMs + MINUTE_MS, edit: { kind: 'delete' } }];
    case 2:
      return [{ atMs, edit: { kind: 'cron', cron: chance.pick(CRONS) } }];
    case 3:
    case 4:
      return [
        { atMs, edit: { kind: 'suspend', suspend: true } },
        { atMs: MINUTE_MS + chance.int(1_000, 19_000), edit: { kind: 'suspend', suspend: false } },
      ];
    default:
      return [];
  }
}

/** In half of the seeds with a pause no operator lives through it. */
export function blindPause(
  chance: Chance,
  schedules: readonly PlannedSchedule[],
  operators: number,
): Fault[] {
  const edits = schedules[0]?.edits ?? [];
  const [pause, resume] = edits;
  if (pause?.edit.kind !== 'suspend' || resume === undefined || chance.is(0.5)) return [];
  const atMs = pause.atMs - 1;
  return Array.from({ length: operators }, (_, operator): Fault => {
    const restartMs = resume.atMs - atMs + chance.int(10, 500);
    return { on: 'world', atMs, fault: { kind: 'killOperator', operator, restartMs } };
  });
}

/** Where schedules of that kind are stored. */
export function scheduleResource(registry: Registry, kind: ScheduleKind): ResourceInfo {
  const [group, plural] = kind === 'CronOMJob' ? [OMJOB_GROUP, 'cronomjobs'] : ['endwell.dev', 'schedules'];
  const found = registry.resource(group, plural);
  if (found === undefined) throw new Error(`simulating: the API does not serve ${plural}`);
  return found;
}

/** The schedule as somebody applies it. */
export function scheduleObject(planned: PlannedSchedule, namespace: string): object {
  const { kind, name, cron, catchUp, overlap, run } = planned;
  const metadata = { name, namespace };
  if (kind === 'Schedule') {
    return {
      apiVersion: 'endwell.dev/v1',
      kind,
      metadata,
      spec: { cron, catchUp, overlap, run: { spec: run } },
    };
  }
  const spec = {
    schedule: cron,
    ...(catchUp === 'Last' ? { startingDeadlineSeconds: 3_600 } : {}),
    concurrencyPolicy: overlap,
    omJobSpec: omJobSpecOf(run),
  };
  return { apiVersion: OMJOB_API_VERSION, kind, metadata, spec };
}

/** The same object after somebody has edited it. */
export function edited(object: StoredObject, edit: Exclude<ScheduleEdit, { kind: 'delete' }>): StoredObject {
  const field = object.kind === 'CronOMJob' ? 'schedule' : 'cron';
  const change = edit.kind === 'cron' ? { [field]: edit.cron } : { suspend: edit.suspend };
  return { ...object, spec: { ...(object.spec as object), ...change } };
}
