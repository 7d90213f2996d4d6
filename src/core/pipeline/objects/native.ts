import type { CronJob, Job, JobSpec } from 'kubernetes-types/batch/v1.d.ts';
import type { Container, EnvVar, PodSpec, SecurityContext } from 'kubernetes-types/core/v1.d.ts';
import { MAIN_CONTAINER } from '../../naming/naming.ts';
import {
  pipelineAnnotations,
  pipelineLabels,
  STARTING_DEADLINE_ANNOTATION,
} from '../../naming/pipelineLabels.ts';
import { pipelineObjectName } from '../../naming/pipelineNames.ts';
import type { PipelineSettings } from '../pipelineSettings.ts';
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

/** How long the preStop hook and then main may take to end, seconds: as in OpenMetadata's documents. */
const GRACE_SECONDS = 60;

/**
 * Least `startingDeadlineSeconds` with which Kubernetes' CronJob controller surely makes a job on time: it looks every 10 s,
 * and its documents warn of less.
 */
const LEAST_DEADLINE_SECONDS = 10;

/** One run of the native engine. */
export function job(
  work: PipelineWork,
  run: Extract<PipelineOccasion, { kind: 'now' }>,
  settings: PipelineSettings,
): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: run.jobName,
      namespace: settings.namespace,
      labels: pipelineLabels(work.subject, run.runId),
      annotations: pipelineAnnotations(work.subject),
    },
    spec: jobSpec(work, run, settings),
  };
}

/** The schedule of a pipeline on the native engine. No catch-up becomes the least deadline that is really served. */
export function cronJob(work: PipelineWork, timing: PipelineTiming, settings: PipelineSettings): CronJob {
  const asked = settings.startingDeadlineSeconds;
  const served = Math.max(asked, LEAST_DEADLINE_SECONDS);
  const note = `${served} s stand for ${asked} s: the CronJob controller looks every ${LEAST_DEADLINE_SECONDS} s and may never serve less`;
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: {
      name: pipelineObjectName({ kind: 'CronJob', fqn: work.subject.fqn }),
      namespace: settings.namespace,
      labels: pipelineLabels(work.subject),
      annotations: {
        ...pipelineAnnotations(work.subject),
        ...(served === asked ? {} : { [STARTING_DEADLINE_ANNOTATION]: note }),
      },
    },
    spec: {
      ...timing,
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: served,
      successfulJobsHistoryLimit: settings.successfulJobsHistoryLimit,
      failedJobsHistoryLimit: settings.failedJobsHistoryLimit,
      jobTemplate: {
        metadata: { labels: pipelineLabels(work.subject), annotations: pipelineAnnotations(work.subject) },
        spec: jobSpec(work, { kind: 'scheduled' }, settings),
      },
    },
  };
}

function jobSpec(work: PipelineWork, occasion: PipelineOccasion, settings: PipelineSettings): JobSpec {
  const runId = occasion.kind === 'now' ? occasion.runId : undefined;
  return {
    backoffLimit: settings.backoffLimit,
    activeDeadlineSeconds: settings.activeDeadlineSeconds,
    ttlSecondsAfterFinished: settings.ttlSecondsAfterFinished,
    template: {
      metadata: {
        labels: pipelineLabels(work.subject, runId),
        annotations: { ...settings.podAnnotations, ...pipelineAnnotations(work.subject) },
      },
      spec: podSpec(work, occasion, settings),
    },
  };
}

function podSpec(work: PipelineWork, occasion: PipelineOccasion, settings: PipelineSettings): PodSpec {
  return {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: GRACE_SECONDS,
    serviceAccountName: settings.serviceAccountName,
    imagePullSecrets: settings.imagePullSecrets.map((name) => ({ name })),
    nodeSelector: { ...settings.nodeSelector },
    tolerations: [...settings.tolerations],
    securityContext: settings.podSecurityContext,
    containers: [container(work, occasion, settings)],
  };
}

function container(work: PipelineWork, occasion: PipelineOccasion, settings: PipelineSettings): Container {
  const { requests, limits } = settings.resources;
  const isPipeline = work.subject.kind === 'pipeline';
  const told = workEnvironment(work, settings.namespace, runVariables(occasion));
  // Only the hook reads it, and the hook runs only where somebody ends the pod.
  const env: EnvVar[] = isPipeline ? [...told, { name: 'pipelineStatus', value: 'Failed' }] : told;
  return {
    name: MAIN_CONTAINER,
    image: settings.ingestionImage,
    imagePullPolicy: settings.imagePullPolicy,
    command: [...MAIN_COMMAND[work.subject.kind]],
    env: withExtra(env, settings.extraEnvVars),
    resources: { requests: { ...requests }, limits: { ...limits } },
    securityContext: containerSecurity(settings),
    ...(isPipeline ? { lifecycle: { preStop: { exec: { command: [...EXIT_COMMAND] } } } } : {}),
  };
}

function containerSecurity({ podSecurityContext }: PipelineSettings): SecurityContext {
  const { runAsNonRoot } = podSecurityContext;
  return {
    ...(runAsNonRoot === undefined ? {} : { runAsNonRoot }),
    allowPrivilegeEscalation: false,
    // Ingestion writes temporary files.
    readOnlyRootFilesystem: false,
    capabilities: { drop: ['ALL'] },
  };
}

/** A scheduled run is known by its Job: the same for every attempt, unlike the UID of a pod. */
function runVariables(occasion: PipelineOccasion): RunVariables {
  if (occasion.kind === 'now') {
    return {
      pipelineRunId: { name: 'pipelineRunId', value: occasion.runId },
      jobName: { name: 'jobName', value: occasion.jobName },
    };
  }
  const fromLabel = (name: string, label: string): EnvVar => ({
    name,
    valueFrom: { fieldRef: { fieldPath: `metadata.labels['batch.kubernetes.io/${label}']` } },
  });
  return {
    pipelineRunId: fromLabel('pipelineRunId', 'controller-uid'),
    jobName: fromLabel('jobName', 'job-name'),
  };
}
