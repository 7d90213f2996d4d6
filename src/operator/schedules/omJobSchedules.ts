import { createOMJob } from '../../actions/createOMJob.ts';
import { readNamed } from '../../actions/readFresh.ts';
import { cronOMJobs, omJobs } from '../../actions/resources.ts';
import { withSignal } from '../../actions/target.ts';
import { writeScheduleRecord } from '../../actions/writeScheduleRecord.ts';
import { slotOMJobName } from '../../core/naming/scheduleNames.ts';
import type { OMJob } from '../../core/omjob/omJob.ts';
import { viewOf } from '../../core/omjob/view.ts';
import type { CronOMJob } from '../../core/schedule/cronOMJob.ts';
import {
  omJobOfCron,
  readCronOMJobRules,
  viewOfCronOMJob,
  wordsOfCron,
} from '../../core/schedule/ofCronOMJob.ts';
import { childOfRun } from '../../core/schedule/ofSchedule.ts';
import type { KubeClient } from '../../kube/types.ts';
import { belongsTo } from './children.ts';
import type { ScheduleKind } from './scheduleKind.ts';

/** Kind CronOMJob: each slot makes an OMJob. */
export function omJobSchedules(client: KubeClient): ScheduleKind<CronOMJob> {
  const childOf = (job: OMJob) => childOfRun(viewOf(job));
  const placeOf = ({ metadata }: CronOMJob, name: string) => ({ namespace: metadata.namespace ?? '', name });
  return {
    resource: cronOMJobs,
    makes: 'OMJob',
    readRules: readCronOMJobRules,
    view: viewOfCronOMJob,
    childName: ({ metadata }, slot) => slotOMJobName(metadata.name ?? '', slot),
    async find(cron, name, options) {
      const job = await readNamed(client, omJobs, placeOf(cron, name), options);
      return job !== undefined && (belongsTo(job, cron) || isUnowned(job)) ? childOf(job) : undefined;
    },
    make: async (cron, slot, options) =>
      childOf(await createOMJob(client, omJobOfCron(cron, { slot }), options)),
    // An OMJob can't be cancelled in its spec: deleting it ends it, and its exit handler runs before it goes.
    async end(cron, { name, uid }, options) {
      const how = {
        ...withSignal(options),
        propagationPolicy: 'Background',
        preconditions: { uid },
      } as const;
      await client.delete(omJobs, placeOf(cron, name), how);
    },
    write: (cron, view, record, options) =>
      writeScheduleRecord(
        client,
        cronOMJobs,
        cron,
        { record, under: 'endwell', beside: { ...wordsOfCron(record, view) } },
        options,
      ),
  };
}

/** OpenMetadata's operator made it for the same slot: it owns nothing that it makes. */
function isUnowned({ metadata }: OMJob): boolean {
  return !metadata.ownerReferences?.some(({ controller }) => controller === true);
}
