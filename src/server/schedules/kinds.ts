import { createOMJob } from '../../actions/createOMJob.ts';
import { createRun } from '../../actions/createRun.ts';
import { cronOMJobs, schedules } from '../../actions/resources.ts';
import type { ScheduleAnswer } from '../../contract/routes/schedules.ts';
import { MAX_RUN_NAME } from '../../core/naming/naming.ts';
import { fitName } from '../../core/naming/scheduleNames.ts';
import type { CronOMJob } from '../../core/schedule/cronOMJob.ts';
import { omJobOfCron, viewOfCronOMJob } from '../../core/schedule/ofCronOMJob.ts';
import { runOfSchedule, viewOfSchedule } from '../../core/schedule/ofSchedule.ts';
import type { Schedule } from '../../core/schedule/schedule.ts';
import type { ScheduleView } from '../../core/schedule/view.ts';
import type { KubeObject, Resource } from '../../kube/types.ts';
import type { Right } from '../access/right.ts';
import type { Api } from '../http/api.ts';
import { rightsToCreate } from '../runs/makeRun.ts';

/** A kind of schedule, as routes need it. */
export interface ServedKind<T extends KubeObject = KubeObject> {
  readonly resource: Resource<T>;
  view(object: T): ScheduleView;
  timing(object: T): Pick<ScheduleAnswer, 'cron' | 'timeZone'>;
  /** What a caller needs to make a run of it. */
  rights(object: T, namespace: string): Right[];
  /** Makes one now; `mark` is put to its name: the same gives the same. Throws what the API throws. */
  trigger(
    api: Api,
    object: T,
    how: { readonly mark: string; readonly by: string; readonly signal: AbortSignal },
  ): Promise<{ readonly kind: 'Run' | 'OMJob'; readonly object: KubeObject }>;
}

/** Longest name of an OMJob that its pods' names hold uncut. */
const MAX_OMJOB_NAME = 58;

const ofSchedules: ServedKind<Schedule> = {
  resource: schedules,
  view: viewOfSchedule,
  timing: ({ spec }) => ({ cron: [spec.cron].flat(), timeZone: spec.timeZone ?? 'UTC' }),
  rights: ({ spec }, namespace) => rightsToCreate(spec.run.spec, namespace),
  async trigger(api, schedule, { mark, by, signal }) {
    const { namespace = '', name = '' } = schedule.metadata;
    const wanted = {
      namespace,
      name: triggeredName(name, mark, MAX_RUN_NAME),
      ...runOfSchedule(schedule, { triggeredBy: by }),
    };
    return { kind: 'Run', object: await createRun(api.client, wanted, api.random, { signal }) };
  },
};

const ofCronOMJobs: ServedKind<CronOMJob> = {
  resource: cronOMJobs,
  view: viewOfCronOMJob,
  timing: ({ spec }) => ({ cron: [spec.schedule], timeZone: spec.timeZone ?? 'UTC' }),
  rights: (_cron, namespace) => [
    { verb: 'create', group: cronOMJobs.group, resource: 'omjobs', namespace },
    { verb: 'create', group: '', resource: 'pods', namespace },
  ],
  async trigger(api, cron, { mark, by, signal }) {
    const name = triggeredName(cron.metadata.name ?? '', mark, MAX_OMJOB_NAME);
    const object = await createOMJob(api.client, omJobOfCron(cron, { triggeredBy: by, name }), { signal });
    return { kind: 'OMJob', object };
  },
};

/** The kinds of schedules that are served. Whoever takes one from here hands it objects of its own resource only. */
export const SERVED_KINDS: Readonly<Record<ScheduleAnswer['kind'], ServedKind>> = {
  Schedule: ofSchedules,
  CronOMJob: ofCronOMJobs,
};

function triggeredName(schedule: string, mark: string, max: number): string {
  return `${fitName(schedule, max - mark.length - 2)}-t${mark}`;
}
