import { PIPELINE_LABEL } from '../../core/naming/pipelineLabels.ts';
import type { OMJob } from '../../core/omjob/omJob.ts';
import { type JobState, jobStateOfJob, jobStateOfRun } from '../../core/pipeline/pipelineState.ts';
import type { KubeClient } from '../../kube/types.ts';
import { listPages } from '../listPages.ts';
import type { EffectOptions } from '../target.ts';
import { type EngineKind, jobs, omJobs, type PipelineJob } from './kinds.ts';

/** What belongs to a subject: all of a namespace that a label selector matches, of the engines that are to be looked at. */
export interface JobScope {
  readonly namespace: string;
  readonly labelSelector: string;
  readonly engines: readonly EngineKind[];
}

/**
 * The runs that the cluster has of these engines, the youngest first; from the API server, not from a cache. An engine whose
 * kinds the cluster does not serve has none.
 */
export async function listPipelineJobs(
  client: KubeClient,
  scope: JobScope,
  options: EffectOptions = {},
): Promise<PipelineJob[]> {
  const found: PipelineJob[] = [];
  if (scope.engines.includes('guaranteed'))
    for await (const object of listPages(client, omJobs, scope, options))
      found.push({ engine: 'guaranteed', object });
  if (scope.engines.includes('native'))
    for await (const object of listPages(client, jobs, scope, options))
      found.push({ engine: 'native', object });
  return found.sort((one, other) => createdAt(other) - createdAt(one));
}

/**
 * The pipeline's own id of a run, as its pods are told it: of a Job that a CronJob made that is the Job's UID. The name of
 * what nobody gave one.
 */
export function runIdOf({ engine, object: { metadata } }: PipelineJob): string {
  const isScheduled =
    engine === 'native' && metadata?.ownerReferences?.some(({ kind }) => kind === 'CronJob');
  const own = isScheduled === true ? metadata?.uid : undefined;
  return metadata?.labels?.[PIPELINE_LABEL.runId] ?? own ?? metadata?.name ?? '';
}

/** How a run stands. One that the Java operator has left has a phase and nothing more. */
export function stateOf(job: PipelineJob): JobState {
  if (job.engine === 'native') return jobStateOfJob(job.object.status);
  const { status } = job.object;
  if (status?.endwell !== undefined) return jobStateOfRun(status.endwell.phase);
  return stateOfPhase(status?.phase);
}

function stateOfPhase(phase: NonNullable<OMJob['status']>['phase']): JobState {
  switch (phase) {
    case undefined:
      return 'Unknown';
    case 'ExitHandlerRunning':
      return 'Running';
    case 'Pending':
    case 'Running':
    case 'Succeeded':
    case 'Failed':
      return phase;
    default:
      return phase satisfies never;
  }
}

/** Whether a run may still do something: it has not ended, or it is being deleted and its handler may still run. */
export function isLive(job: PipelineJob): boolean {
  const state = stateOf(job);
  return state !== 'Succeeded' && state !== 'Failed';
}

/** ms since the epoch. */
export function createdAt({ object: { metadata } }: PipelineJob): number {
  return Date.parse(metadata?.creationTimestamp ?? '') || 0;
}
