import * as z from 'zod';
import type { Run } from '../../core/run/run.ts';
import { sourceSchema } from './evidence.ts';

const stageEnd = {
  outcome: z.enum(['Succeeded', 'Failed', 'Cancelled', 'Lost']).optional(),
  exitCode: z.int().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
};
const time = z.string().describe('RFC 3339');

const timelineSchema = z.looseObject({
  acceptedAt: time.optional(),
  admittedAt: time.optional(),
  scheduledAt: time.optional(),
  initialisedAt: time.optional(),
  pulledAt: time.optional(),
  startedAt: time.optional(),
  finishedAt: time.optional(),
  exitStartedAt: time.optional(),
  exitFinishedAt: time.optional(),
});

const statusSchema = z.looseObject({
  phase: z.enum(['Queued', 'Pending', 'Running', 'Exiting', 'Succeeded', 'Failed', 'Cancelled', 'Refused']),
  revision: z.int().describe('+1 at each status write'),
  reason: z.string().optional(),
  message: z.string().optional(),
  joined: z.string().optional(),
  attempts: z.array(z.looseObject({ number: z.int(), podName: z.string(), podUID: z.string(), ...stageEnd })),
  main: z.looseObject(stageEnd).optional().describe('The run’s result; the exit handler never changes it'),
  exit: z
    .looseObject({ owed: z.boolean(), attempts: z.int(), ...stageEnd })
    .optional()
    .describe('The exit handler and its receipt'),
  timeline: timelineSchema,
});

/** A run, and where it comes from where the answer could be from the history. */
export type RunAnswer = Run & { readonly source?: z.output<typeof sourceSchema> };

/** A Run as the API returns it: the Kubernetes object, without managedFields. */
export const runSchema = z
  .looseObject({
    apiVersion: z.enum(['endwell.dev/v1', 'pipelines.openmetadata.org/v1']),
    kind: z.enum(['Run', 'OMJob']).describe('An OMJob is shown as the run that it is'),
    metadata: z.looseObject({ name: z.string(), namespace: z.string(), uid: z.string() }),
    spec: z.looseObject({}).describe('As it was submitted'),
    status: statusSchema.optional(),
    source: sourceSchema.optional(),
  })
  .meta({ id: 'Run' }) as unknown as z.ZodType<RunAnswer, RunAnswer>;
