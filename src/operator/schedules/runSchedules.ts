import { cancelRun } from '../../actions/cancelRun.ts';
import { createRun } from '../../actions/createRun.ts';
import { readNamed } from '../../actions/readFresh.ts';
import { runs, schedules } from '../../actions/resources.ts';
import { writeScheduleRecord } from '../../actions/writeScheduleRecord.ts';
import { slotRunName } from '../../core/naming/scheduleNames.ts';
import {
  childOfRun,
  readScheduleRules,
  runOfSchedule,
  viewOfSchedule,
} from '../../core/schedule/ofSchedule.ts';
import type { Schedule } from '../../core/schedule/schedule.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Random } from '../../ports/clock.ts';
import { belongsTo } from './children.ts';
import type { ScheduleKind } from './scheduleKind.ts';

/** Kind Schedule: each slot makes a Run. */
export function runSchedules(client: KubeClient, random: Random): ScheduleKind<Schedule> {
  const childName = ({ metadata }: Schedule, slot: number) => slotRunName(metadata.name ?? '', slot);
  const namespaceOf = ({ metadata }: Schedule) => metadata.namespace ?? '';
  return {
    resource: schedules,
    makes: 'Run',
    readRules: readScheduleRules,
    view: viewOfSchedule,
    childName,
    async find(schedule, name, options) {
      const run = await readNamed(client, runs, { namespace: namespaceOf(schedule), name }, options);
      return run !== undefined && belongsTo(run, schedule) ? childOfRun(run) : undefined;
    },
    async make(schedule, slot, options) {
      const wanted = {
        namespace: namespaceOf(schedule),
        name: childName(schedule, slot),
        ...runOfSchedule(schedule, { slot }),
      };
      return childOfRun(await createRun(client, wanted, random, options));
    },
    async end(schedule, { name, uid }, options) {
      const by = `schedule ${schedule.metadata.name ?? ''}`;
      const reason = 'a later slot of the schedule takes its place';
      await cancelRun(client, { namespace: namespaceOf(schedule), name, uid, by, reason }, options);
    },
    write: (schedule, _view, record, options) =>
      writeScheduleRecord(client, schedules, schedule, { record }, options),
  };
}
