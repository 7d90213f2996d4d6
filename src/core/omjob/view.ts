import type { EnvVar } from 'kubernetes-types/core/v1.d.ts';
import { ANNOTATION } from '../naming/naming.ts';
import { PIPELINE_LABEL } from '../naming/pipelineLabels.ts';
import type { Run, RunSpec, Subject } from '../run/run.ts';
import type { OMJob, OMJobPod } from './omJob.ts';
import { podOverlay } from './podOverlay.ts';
import { takenOver } from './takenOver.ts';

/** Longest text of an id, a name of somebody and a reason in the spec of a run. */
const MAX_ID = 253;
const MAX_REASON = 1024;

/** What OpenMetadata's exit handler reads of the run that main was: it is main's where the handler's spec does not say it. */
const SHARED = ['config', 'pipelineRunId'];

/**
 * An OMJob as the run that it is. It has the name, labels and versions of the OMJob, and the status that is kept in
 * `status.endwell`; where OpenMetadata's operator left one without that, the status that comes closest to its words.
 */
export function viewOf(job: OMJob): Run {
  const { apiVersion, kind, metadata } = job;
  const status = job.status?.endwell ?? takenOver(job);
  return { apiVersion, kind, metadata, spec: specOf(job), ...(status === undefined ? {} : { status }) };
}

function specOf({ metadata, spec }: OMJob): RunSpec {
  const { mainPodSpec, exitHandlerSpec, activeDeadlineSeconds, ttlSecondsAfterFinished: ttl = 0 } = spec;
  const subject = subjectOf(metadata, mainPodSpec);
  return {
    // Two of one pipeline may run: OpenMetadata's operator never held one up for another.
    dedupe: { whenActive: 'Allow' },
    // OpenMetadata reads logs page by page, and counts the pages: they are the same when the pod has gone.
    logs: 'Whole',
    main: podOverlay(mainPodSpec, missing(mainPodSpec, told(metadata, {}))),
    ...(exitHandlerSpec && { exitHandler: handlerOverlay(metadata, mainPodSpec, exitHandlerSpec) }),
    ...(activeDeadlineSeconds === undefined ? {} : { limits: { totalSeconds: activeDeadlineSeconds } }),
    ...(ttl > 0 ? { ttlSeconds: { succeeded: ttl, failed: ttl } } : {}),
    ...(subject === undefined ? {} : { subject }),
    ...cancelOf(metadata),
  };
}

/** The handler pulls with main's secrets where it names none: OpenMetadata's client gives them to main alone. */
function handlerOverlay(metadata: OMJob['metadata'], main: OMJobPod, handler: OMJobPod): RunSpec['main'] {
  const { imagePullSecrets } = main;
  const pod = { ...(imagePullSecrets === undefined ? {} : { imagePullSecrets }), ...handler };
  const shared = (main.env ?? []).filter(({ name }) => SHARED.includes(name));
  return podOverlay(
    pod,
    missing(handler, told(metadata, Object.fromEntries(shared.map((variable) => [variable.name, variable])))),
  );
}

/** What main and handler are told of their job. */
function told(metadata: OMJob['metadata'], shared: Readonly<Record<string, EnvVar>>): EnvVar[] {
  const runId = metadata.labels?.[PIPELINE_LABEL.runId];
  const known: Readonly<Record<string, EnvVar>> = {
    ...(runId === undefined ? {} : { pipelineRunId: { name: 'pipelineRunId', value: runId } }),
    ...shared,
    jobName: { name: 'jobName', value: metadata.name ?? '' },
    namespace: { name: 'namespace', value: metadata.namespace ?? '' },
  };
  return Object.values(known);
}

/** Of these variables those that the pod does not set itself. */
function missing({ env = [] }: OMJobPod, variables: readonly EnvVar[]): EnvVar[] {
  const set = new Set(env.map(({ name }) => name));
  return variables.filter(({ name }) => !set.has(name));
}

/** What the job is for: as its annotation says it, else the pipeline whose name main is told. */
function subjectOf({ annotations }: OMJob['metadata'], { env = [] }: OMJobPod): Subject | undefined {
  const [, kind, id] =
    /^([A-Za-z][A-Za-z0-9]{0,62})\/([^\n\r]+)$/.exec(annotations?.[ANNOTATION.subject] ?? '') ?? [];
  if (kind !== undefined && id !== undefined && id.length <= MAX_ID) return { kind, id };
  const fqn = env.findLast(({ name }) => name === 'ingestionPipelineFQN')?.value;
  return fqn === undefined || !/^[^\n\r]{1,253}$/.test(fqn) ? undefined : { kind: 'pipeline', id: fqn };
}

/** The spec of an OMJob has no field for it; deleting the OMJob ends it too. */
function cancelOf({ annotations }: OMJob['metadata']): Pick<RunSpec, 'cancel'> {
  const by = oneLine(annotations?.[ANNOTATION.cancelledBy], MAX_ID);
  const reason = oneLine(annotations?.[ANNOTATION.cancelReason], MAX_REASON);
  return by === '' ? {} : { cancel: { by, ...(reason === '' ? {} : { reason }) } };
}

function oneLine(text: string | undefined, max: number): string {
  return (text ?? '')
    .replaceAll(/[\r\n]+/g, ' ')
    .trim()
    .slice(0, max);
}
