import { createHash } from 'node:crypto';
import type { EnvVar } from 'kubernetes-types/core/v1.d.ts';
import { FINALIZER, GROUP } from '../naming/naming.ts';
import { PIPELINE_LABEL } from '../naming/pipelineLabels.ts';
import { SCHEDULE_MARK, slotOMJobName } from '../naming/scheduleNames.ts';
import { OMJOB_API_VERSION, type OMJob, type OMJobPod } from '../omjob/omJob.ts';
import { timeOf } from '../run/conditions.ts';
import { problemsOf } from '../run/specProblems.ts';
import { type CronOMJob, type CronOMJobStatus, cronOMJobSpecSchema } from './cronOMJob.ts';
import { KEPT_BY_DEFAULT, type Occasion } from './ofSchedule.ts';
import { slotText } from './record.ts';
import type { ScheduleRecord } from './schedule.ts';
import { readTiming } from './timing.ts';
import type { ReadRules, ScheduleRules, ScheduleView } from './view.ts';

/** What OpenMetadata's client writes where the id and the name of the OMJob are to stand. */
const PLACEHOLDER = { runId: '{{ omjob.uid }}', name: '{{ omjob.name }}' } as const;

/** Marks of a CronOMJob that are its own: kubectl's record of what was applied is not that of an OMJob. */
const NOT_COPIED = ['kubectl.kubernetes.io/', `${GROUP}/slot`, `${GROUP}/triggered-by`];

/** A CronOMJob as the engine sees it. */
export function viewOfCronOMJob(cron: CronOMJob, read = readCronOMJobRules(cron)): ScheduleView {
  const { metadata, spec, status } = cron;
  const record = status?.endwell;
  return {
    generation: metadata.generation ?? 1,
    createdAt: timeOf(metadata.creationTimestamp) ?? 0,
    ...read,
    suspend: spec.suspend === true,
    record: Array.isArray(record?.recent) && Array.isArray(record.conditions) ? record : undefined,
    inheritedSlot: timeOf(status?.lastScheduleTime),
  };
}

/** What the spec of a CronOMJob says. */
export function readCronOMJobRules({ spec }: CronOMJob): ReadRules {
  const parsed = cronOMJobSpecSchema.safeParse(spec);
  const fields = { cron: 'spec.schedule', timeZone: 'spec.timeZone' };
  const { timing, problems = [] } = readTiming([spec.schedule ?? ''], spec.timeZone || undefined, fields);
  const all = parsed.success ? problems : problemsOf(parsed.error, cronOMJobSpecSchema, spec);
  if (timing === undefined || all.length > 0) {
    return { rules: undefined, problem: all.map(({ field, message }) => `${field} ${message}`).join('; ') };
  }
  return { rules: rulesOf(spec, timing), problem: undefined };
}

function rulesOf(spec: CronOMJob['spec'], timing: ScheduleRules['timing']): ScheduleRules {
  const deadline = spec.startingDeadlineSeconds ?? 0;
  return {
    timing,
    catchUp: deadline > 0 ? { kind: 'Last' } : { kind: 'None' },
    overlap: spec.concurrencyPolicy ?? 'Forbid',
    deadlineMs: deadline > 0 ? deadline * 1000 : undefined,
    keep: {
      succeeded: spec.successfulJobsHistoryLimit ?? KEPT_BY_DEFAULT,
      failed: spec.failedJobsHistoryLimit ?? KEPT_BY_DEFAULT,
    },
  };
}

/**
 * The OMJob that a CronOMJob makes: its own spec as it stands, the placeholders of OpenMetadata's client filled in, and the
 * CronOMJob's labels and annotations. One run id is in the label and in main and handler; the same occasion gives the same.
 */
export function omJobOfCron(cron: CronOMJob, occasion: Occasion & { readonly name?: string }): OMJob {
  const { namespace = '', name: cronName = '', uid = '', labels = {}, annotations = {} } = cron.metadata;
  const name = 'slot' in occasion ? slotOMJobName(cronName, occasion.slot) : (occasion.name ?? '');
  const { mainPodSpec, exitHandlerSpec, ...others } = cron.spec.omJobSpec;
  const runId = ownRunId(mainPodSpec) ?? runIdOf(uid, name);
  const fill = (pod: OMJobPod): OMJobPod =>
    pod.env === undefined ? pod : { ...pod, env: pod.env.map((variable) => filled(variable, runId, name)) };
  const why =
    'slot' in occasion
      ? { [SCHEDULE_MARK.slot]: slotText(occasion.slot) }
      : { [SCHEDULE_MARK.triggeredBy]: occasion.triggeredBy };
  return {
    apiVersion: OMJOB_API_VERSION,
    kind: 'OMJob',
    metadata: {
      namespace,
      name,
      labels: { ...copied(labels), [PIPELINE_LABEL.runId]: runId },
      annotations: { ...copied(annotations), ...why },
      finalizers: [FINALIZER.exitOwed],
      ownerReferences: [
        {
          apiVersion: OMJOB_API_VERSION,
          kind: 'CronOMJob',
          name: cronName,
          uid,
          controller: true,
          blockOwnerDeletion: false,
        },
      ],
    },
    spec: {
      ...others,
      mainPodSpec: fill(mainPodSpec),
      ...(exitHandlerSpec === undefined ? {} : { exitHandlerSpec: fill(exitHandlerSpec) }),
    },
  };
}

/** What a CronOMJob's status says beside the record, in the words of OpenMetadata. */
export function wordsOfCron(record: ScheduleRecord, { suspend, problem }: ScheduleView): CronOMJobStatus {
  const last = record.recent.at(-1);
  const made = record.recent.flatMap((one) => ('run' in one ? [one.run] : [])).at(-1);
  return {
    ...(record.lastSlot === undefined ? {} : { lastScheduleTime: record.lastSlot }),
    ...(made === undefined ? {} : { lastOMJobName: made }),
    message: messageOf(last, suspend, problem),
  };
}

function messageOf(
  last: ScheduleRecord['recent'][number] | undefined,
  suspend: boolean,
  problem: string | undefined,
): string {
  if (problem !== undefined) return `Reconciliation error: ${problem}`;
  if (suspend) return 'Suspended';
  if (last === undefined) return 'Waiting for the first slot';
  if ('run' in last) return 'Created OMJob';
  return last.skipped === 'Missed' || last.skipped === 'TooOld'
    ? 'Missed schedule'
    : `Skipped: ${last.message ?? last.skipped}`;
}

/** A run id that the user gave: a label value at most. */
function ownRunId({ env = [] }: OMJobPod): string | undefined {
  const value = env.find(({ name }) => name === 'pipelineRunId')?.value;
  return value === undefined ||
    value.trim() === PLACEHOLDER.runId ||
    !/^[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/.test(value)
    ? undefined
    : value;
}

/** A UUID (version 8: of our own making) that the CronOMJob and the OMJob's name decide, so that whoever makes it gives the same. */
function runIdOf(cronUid: string, name: string): string {
  const hex = createHash('sha256').update(`${cronUid}/${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function filled(variable: EnvVar, runId: string, name: string): EnvVar {
  switch (variable.value?.trim()) {
    case PLACEHOLDER.runId:
      return { ...variable, value: runId };
    case PLACEHOLDER.name:
      return { ...variable, value: name };
    default:
      return variable;
  }
}

function copied(marks: Readonly<Record<string, string>>): Record<string, string> {
  const isOwn = (key: string) => NOT_COPIED.some((beginning) => key.startsWith(beginning));
  return Object.fromEntries(Object.entries(marks).filter(([key]) => !isOwn(key)));
}
