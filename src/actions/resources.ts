import { API_VERSION } from '../core/naming/naming.ts';
import { OMJOB_API_VERSION, type OMJob } from '../core/omjob/omJob.ts';
import type { Queue } from '../core/queue/queue.ts';
import type { Run } from '../core/run/run.ts';
import type { CronOMJob } from '../core/schedule/cronOMJob.ts';
import type { Schedule } from '../core/schedule/schedule.ts';
import type { KubeObject, Resource } from '../kube/types.ts';

/** Kind Run, for the client. */
export const runs = namespaced<Run>(API_VERSION, 'Run', 'runs');

/** Kind OMJob of OpenMetadata, for the client. */
export const omJobs = namespaced<OMJob>(OMJOB_API_VERSION, 'OMJob', 'omjobs');

/** Kind Queue, for the client. */
export const queues = namespaced<Queue>(API_VERSION, 'Queue', 'queues');

/** Kind Schedule, for the client. */
export const schedules = namespaced<Schedule>(API_VERSION, 'Schedule', 'schedules');

/** Kind CronOMJob of OpenMetadata, for the client. */
export const cronOMJobs = namespaced<CronOMJob>(OMJOB_API_VERSION, 'CronOMJob', 'cronomjobs');

function namespaced<T extends KubeObject>(apiVersion: string, kind: string, plural: string): Resource<T> {
  const [group = '', version = ''] = apiVersion.split('/');
  return { group, version, kind, plural, namespaced: true };
}
