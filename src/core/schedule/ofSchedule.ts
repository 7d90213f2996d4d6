import { dedupeOf } from '../admission/demand.ts';
import { API_VERSION, GROUP } from '../naming/naming.ts';
import { SCHEDULE_MARK } from '../naming/scheduleNames.ts';
import { timeOf } from '../run/conditions.ts';
import { isTerminal } from '../run/phases.ts';
import type { Run, RunSpec } from '../run/run.ts';
import { slotText } from './record.ts';
import type { Overlap, Schedule, ScheduleSpec } from './schedule.ts';
import { parseScheduleSpec } from './spec.ts';
import type { Child, ReadRules, ScheduleRules, ScheduleView } from './view.ts';

/** Ended runs that are kept where the schedule does not say: as Kubernetes' own CronJob keeps successful ones. */
export const KEPT_BY_DEFAULT = 3;

/** What the spec of a Schedule says. */
export function readScheduleRules({ spec }: Schedule): ReadRules {
  const parsed = parseScheduleSpec(spec);
  const { problems } = parsed;
  return {
    rules: problems === undefined ? rulesOf(parsed.spec, parsed.timing) : undefined,
    problem: problems?.map(({ field, message }) => `${field} ${message}`).join('; '),
  };
}

/** A Schedule as the engine sees it. */
export function viewOfSchedule(schedule: Schedule, read = readScheduleRules(schedule)): ScheduleView {
  const { metadata, spec, status } = schedule;
  return {
    generation: metadata.generation ?? 1,
    createdAt: timeOf(metadata.creationTimestamp) ?? 0,
    ...read,
    suspend: spec.suspend === true,
    // A status that somebody made by hand may have anything in it.
    record: Array.isArray(status?.recent) && Array.isArray(status.conditions) ? status : undefined,
  };
}

function rulesOf(spec: ScheduleSpec, timing: ScheduleRules['timing']): ScheduleRules {
  const { catchUp = 'None', overlap = 'Forbid', startingDeadlineSeconds, history } = spec;
  return {
    timing,
    catchUp: typeof catchUp === 'string' ? { kind: catchUp } : { kind: 'All', most: catchUp.all },
    overlap,
    deadlineMs: startingDeadlineSeconds === undefined ? undefined : startingDeadlineSeconds * 1000,
    keep: {
      succeeded: history?.succeeded ?? KEPT_BY_DEFAULT,
      failed: history?.failed ?? KEPT_BY_DEFAULT,
    },
  };
}

/** What a run of a schedule is made of, beside its name. */
export interface RunOfSchedule {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly owner: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly uid: string;
  };
  readonly spec: RunSpec;
}

/** Why a run of a schedule is made. */
export type Occasion = { readonly slot: number } | { readonly triggeredBy: string };

/**
 * The run that a schedule makes. It belongs to the schedule, so that it goes with it. Where overlap is Queue or Replace,
 * runs of the schedule exclude each other: by the key that their spec has, else by one of the schedule's own.
 */
export function runOfSchedule({ metadata, spec }: Schedule, occasion: Occasion): RunOfSchedule {
  const { name = '', namespace = '', uid = '' } = metadata;
  const { labels = {}, annotations = {} } = spec.run.metadata ?? {};
  const why =
    'slot' in occasion
      ? { [SCHEDULE_MARK.slot]: slotText(occasion.slot) }
      : { [SCHEDULE_MARK.triggeredBy]: occasion.triggeredBy };
  return {
    labels: { ...usersOwn(labels), [SCHEDULE_MARK.schedule]: name },
    annotations: { ...usersOwn(annotations), ...why },
    owner: { apiVersion: API_VERSION, kind: 'Schedule', name, uid },
    spec: withKey(spec.run.spec, spec.overlap ?? 'Forbid', namespace, name),
  };
}

function withKey(spec: RunSpec, overlap: Overlap, namespace: string, schedule: string): RunSpec {
  if (overlap !== 'Queue' && overlap !== 'Replace') return spec;
  if (dedupeOf(namespace, spec) !== undefined) return spec;
  return { ...spec, dedupe: { ...spec.dedupe, key: `schedule/${schedule}`, whenActive: 'Queue' } };
}

/** A run as its schedule sees it. */
export function childOfRun({ metadata, status }: Run): Child {
  const state = !isTerminal(status?.phase)
    ? 'active'
    : status?.phase === 'Succeeded'
      ? 'succeeded'
      : 'failed';
  return {
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    slot: timeOf(metadata.annotations?.[SCHEDULE_MARK.slot]),
    createdAt: timeOf(metadata.creationTimestamp) ?? 0,
    state,
    isOver: state !== 'active' && !metadata.finalizers?.length,
    isGoing: metadata.deletionTimestamp !== undefined,
  };
}

/** Marks that a user put on what is to be made: those of our own names are ours to set. */
function usersOwn(marks: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(marks).filter(([key]) => !key.startsWith(`${GROUP}/`)));
}
