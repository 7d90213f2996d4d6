import type { CronJob, Job } from 'kubernetes-types/batch/v1.d.ts';
import { OMJOB_GROUP, type OMJob } from '../../core/omjob/omJob.ts';
import type { KubeObject, Resource } from '../../kube/types.ts';

/** What makes the runs of pipelines: our operator, or Kubernetes' own Job controller. */
export type EngineKind = 'guaranteed' | 'native';

/** Both engines, the one that keeps every promise first. */
export const ENGINE_KINDS = ['guaranteed', 'native'] as const satisfies readonly EngineKind[];

/** What is read and changed of a schedule, whichever engine it is of: their fields have the same names. */
export interface PipelineSchedule extends KubeObject {
  spec?: { schedule?: string; timeZone?: string; suspend?: boolean };
}

/** A run of a pipeline, as either engine has it. */
export type PipelineJob =
  | { readonly engine: 'guaranteed'; readonly object: OMJob }
  | { readonly engine: 'native'; readonly object: Job };

function resource<T extends KubeObject>(group: string, kind: string, plural: string): Resource<T> {
  return { group, version: 'v1', kind, plural, namespaced: true };
}

/** OMJobs, for the client. */
export const omJobs = resource<OMJob>(OMJOB_GROUP, 'OMJob', 'omjobs');

/** Jobs, for the client. */
export const jobs = resource<Job>('batch', 'Job', 'jobs');

/** Where each engine keeps schedules. */
export const SCHEDULES: Readonly<Record<EngineKind, Resource<PipelineSchedule>>> = {
  guaranteed: resource<PipelineSchedule>(OMJOB_GROUP, 'CronOMJob', 'cronomjobs'),
  native: resource<CronJob & PipelineSchedule>('batch', 'CronJob', 'cronjobs'),
};
