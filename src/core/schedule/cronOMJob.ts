import type { ObjectMeta } from 'kubernetes-types/meta/v1.d.ts';
import * as z from 'zod';
import { type OMJOB_API_VERSION, type OMJobSpec, omJobSpecSchema } from '../omjob/omJob.ts';
import type { ScheduleRecord } from './schedule.ts';

/** Ended OMJobs that are kept where nothing is said, as OpenMetadata's chart has it. */
const KEPT_BY_DEFAULT = 3;

/** A CronOMJob: makes an OMJob at each time that its expression names. */
export interface CronOMJob {
  apiVersion: typeof OMJOB_API_VERSION;
  kind: 'CronOMJob';
  metadata: ObjectMeta;
  spec: CronOMJobSpec;
  status?: CronOMJobStatus;
}

export interface CronOMJobSpec {
  schedule: string;
  timeZone?: string;
  suspend?: boolean;
  /** How old a slot may be that is made up; 0 or left out: none is, and those that are on time fire. */
  startingDeadlineSeconds?: number;
  successfulJobsHistoryLimit?: number;
  failedJobsHistoryLimit?: number;
  /** Default Forbid. */
  concurrencyPolicy?: 'Allow' | 'Forbid' | 'Replace';
  omJobSpec: OMJobSpec;
}

/** What is told of a CronOMJob in the words of OpenMetadata; `endwell` holds the record of a schedule. */
export interface CronOMJobStatus {
  lastScheduleTime?: string;
  lastOMJobName?: string;
  message?: string;
  endwell?: ScheduleRecord;
}

const kept = z.int().min(0).meta({ default: KEPT_BY_DEFAULT }).exactOptional();

/** The schema of a CronOMJob's spec: what OpenMetadata's chart takes, and `concurrencyPolicy`. */
export const cronOMJobSpecSchema = z.strictObject({
  schedule: z.string(),
  timeZone: z.string().meta({ default: 'UTC' }).exactOptional(),
  suspend: z.boolean().meta({ default: false }).exactOptional(),
  startingDeadlineSeconds: z.int().exactOptional(),
  successfulJobsHistoryLimit: kept,
  failedJobsHistoryLimit: kept,
  concurrencyPolicy: z.enum(['Allow', 'Forbid', 'Replace']).exactOptional(),
  omJobSpec: omJobSpecSchema,
});
