import * as z from 'zod';
import { addresses } from '../addresses.ts';
import { logHeaders, MAX_LOG_BYTES } from '../logAnswer.ts';
import type { Route } from '../route.ts';
import { evidenceSchema, sourceSchema } from './evidence.ts';
import {
  count,
  flag,
  idempotencyHeaders,
  inNamespace,
  listQuery,
  ofOneRun,
  runKindSchema,
  runParams,
} from './parts.ts';
import { runSchema } from './runObject.ts';
import { againSchema, submitSchema } from './submit.ts';

const phases = [
  'Queued',
  'Pending',
  'Running',
  'Exiting',
  'Succeeded',
  'Failed',
  'Cancelled',
  'Refused',
] as const;
const inOneNamespace = z.strictObject(inNamespace);
const oneRun = z.strictObject(ofOneRun);

/** Why a run is where it is, as the API answers. */
export const explanationSchema = z
  .looseObject({
    run: z.string(),
    namespace: z.string(),
    phase: z.enum(phases),
    reason: z.string().describe('A code of the catalogue, or the phase where there is nothing to explain'),
    sentence: z.string().describe('What happened, naming actor, object and rule'),
    meaning: z.string().describe('What the reason means in general'),
    evidence: z.array(z.string()).describe('Facts that the answer rests on'),
    limits: z
      .array(z.string())
      .optional()
      .describe('Limits that count at the moment, with what is left of each; an older server has none'),
    unknown: z
      .array(z.string())
      .optional()
      .describe('What can not be told, and why; an older server has none'),
    next: z.string().describe('What to do about it'),
    source: sourceSchema,
  })
  .meta({ id: 'Explanation' });

const logQuery = z.strictObject({
  ...ofOneRun,
  stage: z.enum(['main', 'exit']).default('main'),
  attempt: count(1, 1000).optional().describe('The last one when left out'),
  container: z.string().max(63).optional().describe('The main container when left out'),
  after: count(0, Number.MAX_SAFE_INTEGER).optional().describe('Byte cursor: start behind so many bytes'),
  limitBytes: count(1, MAX_LOG_BYTES).optional().describe('Default 1 MiB; unlimited with follow'),
  tailLines: count(0, 1_000_000).optional().describe('Only the last lines; not together with `after`'),
  sinceSeconds: count(1, 31_536_000).optional().describe('Only the last seconds; not together with `after`'),
  follow: flag.describe('Wait for what comes until the container has ended'),
});

const RIGHTS_TO_CREATE = 'create runs.endwell.dev and create pods; get the Secret that `spec.input` names';

/** Answers to whatever makes a run; refusals are MAKING_PROBLEMS. */
const madeAnswers = {
  200: {
    description:
      'Joined: the other run, which does this work already (or, where that is gone or the caller may not read it, the record that names it in `status.joined`)',
    schema: runSchema,
  },
  201: { description: 'Stored and accepted', schema: runSchema },
  202: { description: 'Stored; no operator has decided within 2 s', schema: runSchema },
} as const;

const MAKING_PROBLEMS = [
  'NotFound',
  'AlreadyExists',
  'DuplicateRejected',
  'BackoffAfterFailure',
  'NamespaceTerminating',
  'PayloadTooLarge',
  'UnsupportedMediaType',
  'SpecInvalid',
  'IdempotencyKeyReused',
  'QueueFull',
] as const;

/** The routes of runs. */
export const runRoutes = {
  submitRun: {
    ...addresses.submitRun,
    summary: 'Create a run',
    rights: RIGHTS_TO_CREATE,
    query: inOneNamespace,
    headers: idempotencyHeaders,
    body: submitSchema,
    answers: madeAnswers,
    problems: MAKING_PROBLEMS,
  },
  listRuns: {
    ...addresses.listRuns,
    summary: 'List runs, the newest first',
    rights:
      'list runs.endwell.dev; OMJobs are among them for whoever may list omjobs.pipelines.openmetadata.org. With `kind` the right on that kind alone',
    query: listQuery.extend({
      kind: runKindSchema.optional().describe('Only runs of this kind; left out: of both'),
      phase: z.enum(phases).optional(),
      history: flag.describe(
        'Also runs that the cluster does not have any more; each item says its `source`',
      ),
    }),
    answers: {
      200: {
        description: 'One page; with `history` it may be shorter than `limit` although more follow',
        schema: z
          .object({ items: z.array(runSchema), nextCursor: z.string().nullable() })
          .meta({ id: 'RunPage' }),
      },
    },
    problems: [],
  },
  getRun: {
    ...addresses.getRun,
    summary: 'Read a run',
    rights: 'get runs.endwell.dev (or omjobs.pipelines.openmetadata.org)',
    params: runParams,
    query: oneRun,
    answers: {
      200: {
        description: 'The run; `source` says whether the cluster or the history has it',
        schema: runSchema,
      },
    },
    problems: ['NotFound', 'HistoryUnavailable', 'HistoryOpening'],
  },
  deleteRun: {
    ...addresses.deleteRun,
    summary: 'Delete a run: it is cancelled, its exit handler runs, then it goes',
    rights: 'delete runs.endwell.dev (or omjobs.pipelines.openmetadata.org)',
    params: runParams,
    query: oneRun,
    answers: { 202: { description: 'Deletion is under way', schema: runSchema } },
    problems: ['NotFound'],
  },
  cancelRun: {
    ...addresses.cancelRun,
    summary:
      'Cancel a run: its main pod is ended, its exit handler runs. A run that has ended stays as it is',
    rights: 'patch runs.endwell.dev (or omjobs.pipelines.openmetadata.org)',
    params: runParams,
    query: oneRun,
    headers: idempotencyHeaders,
    body: z.strictObject({ reason: z.string().max(1024).optional() }).default({}),
    answers: { 200: { description: 'The run, with who cancelled it first', schema: runSchema } },
    problems: ['NotFound', 'Conflict', 'UnsupportedMediaType', 'SpecInvalid'],
  },
  explainRun: {
    ...addresses.explainRun,
    summary: 'Why isn’t it running, or why did it end',
    rights:
      'get runs.endwell.dev (or omjobs.pipelines.openmetadata.org); pods add to the answer where the caller may list them',
    params: runParams,
    query: oneRun,
    answers: { 200: { description: 'The answer', schema: explanationSchema } },
    problems: ['NotFound'],
  },
  runEvidence: {
    ...addresses.runEvidence,
    summary:
      'All that is kept of a run and its pods: states, verdicts, pod objects, Events, the ends of logs',
    rights: 'get runs.endwell.dev (or omjobs.pipelines.openmetadata.org), get pods and get pods/log',
    params: runParams,
    query: oneRun,
    answers: { 200: { description: 'The evidence', schema: evidenceSchema } },
    problems: ['NotFound', 'HistoryUnavailable', 'HistoryOpening'],
  },
  retryRun: {
    ...addresses.retryRun,
    summary: 'Run the same once more, as a new run, after an end that is no success',
    rights: `get runs.endwell.dev; ${RIGHTS_TO_CREATE}`,
    params: runParams,
    query: oneRun,
    headers: idempotencyHeaders,
    body: z.strictObject({}).default({}),
    answers: madeAnswers,
    problems: ['NotEnded', 'NothingToRetry', 'NotForOMJobs', ...MAKING_PROBLEMS],
  },
  resubmitRun: {
    ...addresses.resubmitRun,
    summary: 'Make a new run from one that has ended, however it ended, with changes where they are wanted',
    rights: `get runs.endwell.dev; ${RIGHTS_TO_CREATE}`,
    params: runParams,
    query: oneRun,
    headers: idempotencyHeaders,
    body: againSchema,
    answers: madeAnswers,
    problems: ['NotEnded', 'NotForOMJobs', ...MAKING_PROBLEMS],
  },
  runLogs: {
    ...addresses.runLogs,
    summary: 'Bytes of one container’s log',
    rights: 'get runs.endwell.dev (or omjobs.pipelines.openmetadata.org) and get pods/log',
    params: runParams,
    query: logQuery,
    answers: {
      200: {
        description: 'The bytes as the container wrote them',
        mediaType: 'text/plain',
        headers: {
          [logHeaders.after]:
            'Byte cursor. Not followed: behind the last byte of this answer. Followed: before its first byte; add what arrives',
          [logHeaders.container]: 'The container that wrote it',
          [logHeaders.pod]: 'The pod that it ran in',
          [logHeaders.source]:
            '`pod`; where that is gone: `logStore` the whole log, `history` its last 64 KiB, `status` the last 1 KiB that the run kept',
        },
      },
    },
    problems: ['NotFound', 'LogNotFound', 'HistoryUnavailable', 'HistoryOpening'],
  },
  runEvents: {
    ...addresses.runEvents,
    summary: 'Each state of a run as it comes; ends when the run has ended',
    rights: 'watch runs.endwell.dev (or omjobs.pipelines.openmetadata.org)',
    params: runParams,
    query: oneRun,
    headers: z.object({ 'last-event-id': z.string().max(128).optional().describe('`<uid>/<revision>`') }),
    answers: {
      200: {
        description: 'Events `run` (data: the run), `deleted`, `end`, `shutdown`; ids are `<uid>/<revision>`',
        mediaType: 'text/event-stream',
      },
    },
    problems: ['NotFound'],
  },
} as const satisfies Record<string, Route>;
