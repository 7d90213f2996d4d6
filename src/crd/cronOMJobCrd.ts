import * as z from 'zod';
import { OMJOB_GROUP } from '../core/omjob/omJob.ts';
import { cronOMJobSpecSchema } from '../core/schedule/cronOMJob.ts';
import { fromZod } from './fromZod.ts';
import { namespacedCrd } from './namespacedCrd.ts';
import { CRON_PATTERN } from './scheduleCrd.ts';
import { scheduleRecordSchema } from './scheduleRecordSchema.ts';
import type { StructuralSchema } from './structuralSchema.ts';

/** What `kubectl get cronomjobs` shows: the columns of OpenMetadata's chart. */
const COLUMNS = [
  { name: 'Schedule', type: 'string', jsonPath: '.spec.schedule' },
  { name: 'Suspended', type: 'boolean', jsonPath: '.spec.suspend' },
  { name: 'Last Schedule', type: 'date', jsonPath: '.status.lastScheduleTime' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  { name: 'Next', type: 'string', jsonPath: '.status.endwell.nextSlot', priority: 1 },
  { name: 'Message', type: 'string', jsonPath: '.status.message', priority: 1 },
] as const;

const status = z.looseObject({
  lastScheduleTime: z.string().max(40).meta({ format: 'date-time' }).exactOptional(),
  lastOMJobName: z.string().max(253).exactOptional(),
  message: z.string().exactOptional(),
  endwell: scheduleRecordSchema.exactOptional(),
});

/** The CustomResourceDefinition of CronOMJob: what OpenMetadata's chart has, and what it lacks. */
export function cronOMJobCrd(): object {
  return namespacedCrd({
    group: OMJOB_GROUP,
    kind: 'CronOMJob',
    plural: 'cronomjobs',
    shortName: 'comj',
    description: 'Makes an OMJob at each time that its cron expression names.',
    columns: COLUMNS,
    spec: specSchema(),
    status: fromZod(status),
    rules: [],
  });
}

function specSchema(): StructuralSchema {
  const spec = fromZod(cronOMJobSpecSchema);
  return {
    ...spec,
    properties: {
      ...spec.properties,
      schedule: { ...spec.properties?.['schedule'], pattern: CRON_PATTERN },
    },
  };
}
