import type { EnvVar } from 'kubernetes-types/core/v1.d.ts';
import type { ObjectMeta } from 'kubernetes-types/meta/v1.d.ts';
import { pipelineAnnotations, pipelineLabels } from '../../naming/pipelineLabels.ts';
import { pipelineObjectName } from '../../naming/pipelineNames.ts';
import { OMJOB_API_VERSION, type OMJob, type OMJobPod, type OMJobSpec } from '../../omjob/omJob.ts';
import type { PipelineResources, PipelineSettings } from '../pipelineSettings.ts';
import type { PipelineTiming } from './timing.ts';
import {
  EXIT_COMMAND,
  MAIN_COMMAND,
  type PipelineOccasion,
  type PipelineWork,
  type RunVariables,
  withExtra,
  workEnvironment,
} from './work.ts';

/** What the operator of CronOMJobs puts the run's own id and name in place of. */
const PLACEHOLDER = { runId: '{{ omjob.uid }}', jobName: '{{ omjob.name }}' } as const;

/** What the exit handler gets: it sends one request and reads one log. */
const EXIT_RESOURCES: PipelineResources = {
  requests: { cpu: '100m', memory: '256Mi' },
  limits: { cpu: '500m', memory: '512Mi' },
};

/** Handler of what reports its end itself: OpenMetadata's own operator fails a job that has none. */
const NOTHING_TO_REPORT = ['sh', '-c', 'exit 0'];

/** A CronOMJob as it is asked for; the types of what the API server adds are the schedules' own. */
export interface WantedCronOMJob {
  apiVersion: typeof OMJOB_API_VERSION;
  kind: 'CronOMJob';
  metadata: ObjectMeta;
  spec: {
    schedule: string;
    timeZone: string;
    suspend: boolean;
    concurrencyPolicy: 'Forbid';
    startingDeadlineSeconds: number;
    successfulJobsHistoryLimit: number;
    failedJobsHistoryLimit: number;
    omJobSpec: OMJobSpec;
  };
}

/** One run of the guaranteed engine. */
export function omJob(
  work: PipelineWork,
  run: Extract<PipelineOccasion, { kind: 'now' }>,
  settings: PipelineSettings,
): OMJob {
  return {
    apiVersion: OMJOB_API_VERSION,
    kind: 'OMJob',
    metadata: {
      name: run.jobName,
      namespace: settings.namespace,
      labels: pipelineLabels(work.subject, run.runId),
      annotations: pipelineAnnotations(work.subject),
    },
    spec: omJobSpec(work, run, settings),
  };
}

/** The schedule of a pipeline on the guaranteed engine. */
export function cronOMJob(
  work: PipelineWork,
  timing: PipelineTiming,
  settings: PipelineSettings,
): WantedCronOMJob {
  return {
    apiVersion: OMJOB_API_VERSION,
    kind: 'CronOMJob',
    metadata: {
      name: pipelineObjectName({ kind: 'CronOMJob', fqn: work.subject.fqn }),
      namespace: settings.namespace,
      labels: pipelineLabels(work.subject),
      annotations: pipelineAnnotations(work.subject),
    },
    spec: {
      ...timing,
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: settings.startingDeadlineSeconds,
      successfulJobsHistoryLimit: settings.successfulJobsHistoryLimit,
      failedJobsHistoryLimit: settings.failedJobsHistoryLimit,
      omJobSpec: omJobSpec(work, { kind: 'scheduled' }, settings),
    },
  };
}

function omJobSpec(work: PipelineWork, occasion: PipelineOccasion, settings: PipelineSettings): OMJobSpec {
  const isPipeline = work.subject.kind === 'pipeline';
  const pod = (command: readonly string[], resources: PipelineResources): OMJobPod => ({
    ...podOf(work, occasion, settings),
    command: [...command],
    resources: { requests: { ...resources.requests }, limits: { ...resources.limits } },
  });
  return {
    mainPodSpec: pod(MAIN_COMMAND[work.subject.kind], settings.resources),
    exitHandlerSpec: pod(isPipeline ? EXIT_COMMAND : NOTHING_TO_REPORT, EXIT_RESOURCES),
    ttlSecondsAfterFinished: settings.ttlSecondsAfterFinished,
    activeDeadlineSeconds: settings.activeDeadlineSeconds,
  };
}

/** What main and handler have in common: where they may run, as whom, and what they are told. */
function podOf(
  work: PipelineWork,
  occasion: PipelineOccasion,
  settings: PipelineSettings,
): Omit<OMJobPod, 'command'> {
  const env = workEnvironment(work, settings.namespace, runVariables(occasion));
  const runId = occasion.kind === 'now' ? occasion.runId : undefined;
  return {
    image: settings.ingestionImage,
    imagePullPolicy: settings.imagePullPolicy,
    imagePullSecrets: settings.imagePullSecrets.map((name) => ({ name })),
    serviceAccountName: settings.serviceAccountName,
    env: withExtra(env, settings.extraEnvVars),
    nodeSelector: { ...settings.nodeSelector },
    tolerations: [...settings.tolerations],
    securityContext: settings.podSecurityContext,
    labels: pipelineLabels(work.subject, runId),
    annotations: { ...settings.podAnnotations, ...pipelineAnnotations(work.subject) },
  };
}

function runVariables(occasion: PipelineOccasion): RunVariables {
  const { runId, jobName } = occasion.kind === 'now' ? occasion : PLACEHOLDER;
  const variable = (name: string, value: string): EnvVar => ({ name, value });
  return { pipelineRunId: variable('pipelineRunId', runId), jobName: variable('jobName', jobName) };
}
