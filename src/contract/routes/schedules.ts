import * as z from 'zod';
import { scheduleSpecSchema } from '../../core/schedule/spec.ts';
import { addresses } from '../addresses.ts';
import type { Route } from '../route.ts';
import { count, idempotencyHeaders, inNamespace, listQuery, runParams } from './parts.ts';

/** Slots of a preview when the caller names no number, and at most. */
const PREVIEW_SLOTS = 30;
const MAX_PREVIEW_SLOTS = 366;

const time = z.string().describe('RFC 3339');

const kind = z
  .enum(['Schedule', 'CronOMJob'])
  .default('Schedule')
  .describe('Which kind the name is of; CronOMJobs are those of OpenMetadata');

const oneQuery = z.strictObject({ ...inNamespace, kind });

const recentSchema = z.object({
  slot: time,
  run: z.string().optional().describe('What was made for it'),
  skipped: z.string().optional().describe('A code: why nothing was made'),
  message: z.string().optional(),
});

const scheduleSchema = z
  .object({
    kind: z.enum(['Schedule', 'CronOMJob']),
    name: z.string(),
    namespace: z.string(),
    cron: z.array(z.string()),
    timeZone: z.string(),
    suspended: z.boolean(),
    problem: z.string().nullable().describe('What is wrong with it; null: it is valid'),
    lastSlot: time.nullable(),
    nextSlot: time.nullable().describe('null: it is suspended or not valid'),
    active: z.array(z.string()).describe('What it made and is alive'),
    recent: z
      .array(recentSchema)
      .describe('The last slots with what came of them, the latest last; at most 20'),
  })
  .meta({ id: 'ScheduleSummary' });

const previewSchema = z
  .object({
    schedule: scheduleSchema,
    slots: z
      .array(
        z.object({
          at: time.describe('RFC 3339, UTC'),
          local: z.string().describe('What the clocks of the zone show then'),
          asked: z.string().describe('The time that the expression asks for'),
          shift: z
            .enum(['skipped', 'doubled'])
            .optional()
            .describe(
              'Daylight saving: `skipped`, no clock shows the time that day, and it comes at the next minute that there is; `doubled`, clocks show it twice, and it comes the first time',
            ),
        }),
      )
      .describe('The next slots, also of a schedule that is suspended'),
  })
  .meta({ id: 'SchedulePreview' });

const creationSchema = z
  .strictObject({
    apiVersion: z.literal('endwell.dev/v1').optional(),
    kind: z.literal('Schedule').optional(),
    metadata: z.strictObject({
      name: z.string().describe('At most 63 characters'),
      namespace: z.string().exactOptional().describe('The same as in the query'),
      labels: z.record(z.string(), z.string()).exactOptional(),
      annotations: z.record(z.string(), z.string()).exactOptional(),
    }),
    spec: scheduleSpecSchema,
  })
  .meta({ id: 'ScheduleCreation' });

const triggeredSchema = z
  .object({ kind: z.enum(['Run', 'OMJob']), name: z.string(), namespace: z.string(), uid: z.string() })
  .meta({ id: 'TriggeredRun' });

/** One schedule, as the API answers. */
export type ScheduleAnswer = z.output<typeof scheduleSchema>;

/** The next slots of a schedule, as the API answers. */
export type PreviewAnswer = z.output<typeof previewSchema>;

const suspension = {
  rights: 'patch schedules.endwell.dev (or cronomjobs.pipelines.openmetadata.org)',
  params: runParams,
  query: oneQuery,
  answers: { 200: { description: 'The schedule as it is now', schema: scheduleSchema } },
  problems: ['NotFound', 'Conflict'],
} as const;

/** The routes of schedules. */
export const scheduleRoutes = {
  createSchedule: {
    ...addresses.createSchedule,
    summary: 'Create a schedule',
    rights:
      'create schedules.endwell.dev, and what creating its run needs: create runs.endwell.dev and pods, get the Secret that it names as input',
    query: z.strictObject(inNamespace),
    body: creationSchema,
    answers: { 201: { description: 'The schedule as it was stored', schema: scheduleSchema } },
    problems: ['UnsupportedMediaType', 'SpecInvalid', 'AlreadyExists'],
  },
  listSchedules: {
    ...addresses.listSchedules,
    summary: 'Schedules of one kind, with their next slot and what came of the last ones',
    rights: 'list schedules.endwell.dev (or cronomjobs.pipelines.openmetadata.org)',
    query: listQuery.extend({ kind }),
    answers: {
      200: {
        description: 'One page',
        schema: z
          .object({ items: z.array(scheduleSchema), nextCursor: z.string().nullable() })
          .meta({ id: 'ScheduleList' }),
      },
    },
    problems: [],
  },
  previewSchedule: {
    ...addresses.previewSchedule,
    summary:
      'The next slots of a schedule, those marked that daylight saving moves, and what came of the last ones',
    rights: 'get schedules.endwell.dev (or cronomjobs.pipelines.openmetadata.org)',
    params: runParams,
    query: oneQuery.extend({ count: count(1, MAX_PREVIEW_SLOTS).default(PREVIEW_SLOTS) }),
    answers: { 200: { description: 'The slots', schema: previewSchema } },
    problems: ['NotFound', 'SpecInvalid'],
  },
  triggerSchedule: {
    ...addresses.triggerSchedule,
    summary: 'Make a run of a schedule now, whatever its slots, its suspension and its overlap say',
    rights:
      'get schedules.endwell.dev, create runs.endwell.dev and pods, get the Secret that the run names as input (of a CronOMJob: get cronomjobs, create omjobs and pods)',
    params: runParams,
    query: oneQuery,
    headers: idempotencyHeaders,
    answers: { 201: { description: 'What was made', schema: triggeredSchema } },
    problems: ['NotFound', 'SpecInvalid', 'AlreadyExists'],
  },
  suspendSchedule: {
    ...addresses.suspendSchedule,
    summary: 'Make nothing at the slots that come, until it is resumed; what runs goes on',
    ...suspension,
  },
  resumeSchedule: {
    ...addresses.resumeSchedule,
    summary: 'Count slots from now on; those that came meanwhile are not made up',
    ...suspension,
  },
} as const satisfies Record<string, Route>;
