import * as z from 'zod';
import { addresses } from '../addresses.ts';
import type { Route } from '../route.ts';
import { flag, inNamespace, ofOneRun, runParams } from './parts.ts';

const time = z.string().describe('RFC 3339');
const limit = z.int().optional();

const queueSchema = z
  .object({
    name: z.string(),
    namespace: z.string().nullable().describe('Of the Queue object; null: built in, without an object'),
    spec: z
      .looseObject({
        maxRunning: limit,
        maxRunningPerNamespace: limit,
        maxRunningPerSubject: limit,
        maxQueued: limit,
        whenFull: z.enum(['Queue', 'Reject']).optional(),
        order: z.enum(['Priority', 'FairBySubject']).optional(),
      })
      .describe('Its limits; one that is not set does not hold'),
    running: z.int().describe('Runs that hold a slot, in all namespaces that use it'),
    queued: z.int().describe('Runs that wait'),
    oldestQueuedAt: time.nullable().describe('Creation of the run that has waited longest'),
  })
  .meta({ id: 'QueueSummary' });

const placeSchema = z
  .object({
    run: z.string(),
    namespace: z.string(),
    phase: z.string(),
    waits: z.boolean().describe('It is not admitted yet, or not again'),
    queue: z.string(),
    queueNamespace: z.string().nullable().describe('Of the Queue object; null: built in, or there is none'),
    position: z.int().optional().describe('1: the next one to start'),
    waiting: z.int().optional().describe('Runs that wait in this queue, this one included'),
    reason: z.string().describe('A code: what holds it; the phase where nothing does'),
    message: z.string().describe('What holds it, as one sentence'),
    estimatedStartAt: time
      .optional()
      .describe(
        'From how long the last runs of the queue took; left out where there is nothing to tell it from',
      ),
  })
  .meta({ id: 'QueuePlace' });

/** One queue with what it holds, as the API answers. */
export type QueueAnswer = z.output<typeof queueSchema>;

/** Where a run stands in its queue, as the API answers. */
export type QueuePlace = z.output<typeof placeSchema>;

/** The routes of queues. */
export const queueRoutes = {
  listQueues: {
    ...addresses.listQueues,
    summary:
      'Queues with their limits and what they hold: of the namespace, of the operator’s, and the built-in ones',
    rights: 'list queues.endwell.dev',
    query: z.strictObject({
      ...inNamespace,
      allNamespaces: flag.describe('Of all namespaces; needs the right in all of them'),
    }),
    answers: {
      200: {
        description: 'All of them: `nextCursor` is null',
        schema: z.object({ items: z.array(queueSchema), nextCursor: z.null() }).meta({ id: 'QueueList' }),
      },
    },
    problems: [],
  },
  explainQueue: {
    ...addresses.explainQueue,
    summary: 'Where a run stands in its queue, what holds it, and when it may start',
    rights: 'get runs.endwell.dev (or omjobs.pipelines.openmetadata.org)',
    params: runParams,
    query: z.strictObject(ofOneRun),
    answers: { 200: { description: 'Its place', schema: placeSchema } },
    problems: ['NotFound'],
  },
} as const satisfies Record<string, Route>;
