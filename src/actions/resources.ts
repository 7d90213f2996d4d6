import { API_VERSION, GROUP } from '../core/naming/naming.ts';
import { OMJOB_API_VERSION, OMJOB_GROUP, type OMJob } from '../core/omjob/omJob.ts';
import type { Queue } from '../core/queue/queue.ts';
import type { Run } from '../core/run/run.ts';
import type { CronOMJob } from '../core/schedule/cronOMJob.ts';
import type { Schedule } from '../core/schedule/schedule.ts';
import type { Resource } from '../kube/types.ts';

/** Kind Run, for the client. */
export const runs: Resource<Run> = {
  group: GROUP,
  version: API_VERSION.slice(GROUP.length + 1),
  kind: 'Run',
  plural: 'runs',
  namespaced: true,
};

/** Kind OMJob of OpenMetadata, for the client. */
export const omJobs: Resource<OMJob> = {
  group: OMJOB_GROUP,
  version: OMJOB_API_VERSION.slice(OMJOB_GROUP.length + 1),
  kind: 'OMJob',
  plural: 'omjobs',
  namespaced: true,
};

/** Kind Queue, for the client. */
export const queues: Resource<Queue> = {
  group: GROUP,
  version: API_VERSION.slice(GROUP.length + 1),
  kind: 'Queue',
  plural: 'queues',
  namespaced: true,
};

/** Kind Schedule, for the client. */
export const schedules: Resource<Schedule> = {
  group: GROUP,
  version: API_VERSION.slice(GROUP.length + 1),
  kind: 'Schedule',
  plural: 'schedules',
  namespaced: true,
};

/** Kind CronOMJob of OpenMetadata, for the client. */
export const cronOMJobs: Resource<CronOMJob> = {
  group: OMJOB_GROUP,
  version: OMJOB_API_VERSION.slice(OMJOB_GROUP.length + 1),
  kind: 'CronOMJob',
  plural: 'cronomjobs',
  namespaced: true,
};
