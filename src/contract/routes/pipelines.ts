import * as z from 'zod';
import { MAX_FQN } from '../../core/pipeline/entity.ts';
import { addresses } from '../addresses.ts';
import { logHeaders } from '../logAnswer.ts';
import type { Route } from '../route.ts';
import { flag, idempotencyHeaders, namespaceSchema } from './parts.ts';
import { MAX_KILL_WAIT_SECONDS } from './subjects.ts';

/** Where pipelines run: the namespace of the server's settings when the query names none. */
const where = { namespace: namespaceSchema.optional().describe('Default: that of the server’s settings') };
const inPlace = z.strictObject(where);
const pipelineParams = z.strictObject({
  fqn: z.string().min(1).max(MAX_FQN).describe('Fully qualified name: `<service>.<pipeline>`'),
});

/** The answer of a pipeline service as OpenMetadata's clients read it. */
const wireSchema = z
  .object({
    code: z.int().describe('As an HTTP status'),
    reason: z.string(),
    platform: z.literal('Kubernetes'),
    version: z.string().optional(),
    runId: z.string().optional(),
    jobName: z.string().optional(),
  })
  .meta({ id: 'PipelineServiceAnswer' });

/** What a pipeline service answers. */
export type PipelineServiceAnswer = z.output<typeof wireSchema>;

const entity = z.looseObject({});

const deploySchema = z
  .strictObject({
    pipeline: entity.describe('The IngestionPipeline, as OpenMetadata’s API gives it'),
    service: entity.optional().describe('The service that it is for, with its connection'),
  })
  .meta({ id: 'PipelineDeployment' });

const deployedSchema = z
  .object({
    fullyQualifiedName: z.string(),
    name: z.string(),
    pipelineType: z.string(),
    namespace: z.string(),
    engine: z.enum(['guaranteed', 'native']),
    schedule: z
      .object({ name: z.string(), cron: z.string(), timeZone: z.string(), enabled: z.boolean() })
      .nullable()
      .describe('null: it runs on demand only'),
    revisions: z
      .array(z.string())
      .describe('Configurations that are kept, the one in use first; `rollback` goes to the second'),
  })
  .meta({ id: 'Pipeline' });

/** What is deployed of a pipeline. */
export type PipelineAnswer = z.output<typeof deployedSchema>;

const statusSchema = z
  .object({
    runId: z.string(),
    pipelineState: z.enum(['queued', 'running', 'success', 'failed', 'partialSuccess']),
    startDate: z.int().optional().describe('ms since the epoch'),
    endDate: z.int().optional(),
    timestamp: z.int().describe('When the run was made, ms since the epoch'),
    jobName: z.string(),
    reason: z.string().optional().describe('A code of the catalogue: why it stands or ended as it did'),
    message: z.string().optional(),
    source: z.enum(['cluster', 'history']),
  })
  .meta({ id: 'PipelineRunStatus' });

/** How one run of a pipeline stands. */
export type PipelineRunStatus = z.output<typeof statusSchema>;

const killSchema = z
  .strictObject({
    waitSeconds: z
      .int()
      .min(0)
      .max(MAX_KILL_WAIT_SECONDS)
      .default(MAX_KILL_WAIT_SECONDS)
      .describe('How long to wait until pods are gone and handlers have run'),
  })
  .default({ waitSeconds: MAX_KILL_WAIT_SECONDS });

const done = { 200: { description: 'Done', schema: wireSchema } } as const;
const killed = {
  200: { description: 'All of it has ended, exit handlers included', schema: wireSchema },
  202: { description: 'Some of it is still ending; repeat to wait on', schema: wireSchema },
} as const;
const RIGHTS_TO_RUN =
  'create omjobs.pipelines.openmetadata.org (native engine: jobs.batch), secrets and pods';
const REFUSED = [
  'NotFound',
  'UnsupportedMediaType',
  'SpecInvalid',
  'PayloadTooLarge',
  'Conflict',
  'NamespaceTerminating',
  'IdempotencyKeyReused',
  'EngineUnavailable',
] as const;

/** The routes of ingestion pipelines. */
export const pipelineRoutes = {
  deployPipeline: {
    ...addresses.deployPipeline,
    summary:
      'Deploy a pipeline: its configuration as a new revision, and its schedule. What fails half-way is taken back',
    rights:
      'create and update secrets, configmaps and cronomjobs.pipelines.openmetadata.org (native engine: cronjobs.batch), create pods',
    query: inPlace,
    headers: idempotencyHeaders,
    body: deploySchema,
    answers: done,
    problems: REFUSED,
  },
  getPipeline: {
    ...addresses.getPipeline,
    summary: 'What is deployed of a pipeline',
    rights: 'get configmaps and cronomjobs.pipelines.openmetadata.org (native engine: cronjobs.batch)',
    params: pipelineParams,
    query: inPlace,
    answers: { 200: { description: 'The deployment', schema: deployedSchema } },
    problems: ['NotFound'],
  },
  deletePipeline: {
    ...addresses.deletePipeline,
    summary:
      'Delete a pipeline: its schedule, its runs (their exit handlers run), its configuration, whichever engine made them',
    rights:
      'delete secrets, configmaps, and omjobs and cronomjobs of pipelines.openmetadata.org (native engine: jobs and cronjobs of batch)',
    params: pipelineParams,
    query: inPlace,
    answers: done,
    problems: ['Conflict'],
  },
  rollbackPipeline: {
    ...addresses.rollbackPipeline,
    summary: 'Go back to the configuration that was deployed before',
    rights: 'as for deploying',
    params: pipelineParams,
    query: inPlace,
    headers: idempotencyHeaders,
    body: z
      .strictObject({ revision: z.string().optional().describe('One of `revisions`; the second by default') })
      .default({}),
    answers: done,
    problems: REFUSED,
  },
  runPipeline: {
    ...addresses.runPipeline,
    summary: 'Run a pipeline now: as it is deployed, or as the body says without being deployed',
    rights: RIGHTS_TO_RUN,
    params: pipelineParams,
    query: inPlace,
    headers: idempotencyHeaders,
    body: z
      .strictObject({
        config: entity.optional().describe('Laid over the application’s configuration, for this run alone'),
        pipeline: entity.optional().describe('The IngestionPipeline; left out: the one that is deployed'),
        service: entity.optional(),
      })
      .default({}),
    answers: done,
    problems: REFUSED,
  },
  killPipeline: {
    ...addresses.killPipeline,
    summary: 'End every live run of a pipeline, wait until its pods are gone and its exit handlers have run',
    rights: 'list and patch omjobs.pipelines.openmetadata.org (native engine: list and delete jobs.batch)',
    params: pipelineParams,
    query: inPlace,
    headers: idempotencyHeaders,
    body: killSchema,
    answers: killed,
    problems: ['Conflict', 'UnsupportedMediaType', 'SpecInvalid'],
  },
  killPipelineRun: {
    ...addresses.killPipelineRun,
    summary: 'End one run of a pipeline',
    rights: 'as for ending all of them',
    params: pipelineParams.extend({ runId: z.string().min(1).max(253) }),
    query: inPlace,
    headers: idempotencyHeaders,
    body: killSchema,
    answers: killed,
    problems: ['NotFound', 'Conflict', 'UnsupportedMediaType', 'SpecInvalid'],
  },
  togglePipeline: {
    ...addresses.togglePipeline,
    summary: 'Let a pipeline’s schedule run, or hold it',
    rights: 'patch cronomjobs.pipelines.openmetadata.org (native engine: cronjobs.batch)',
    params: pipelineParams,
    query: inPlace,
    headers: idempotencyHeaders,
    body: z.strictObject({ enabled: z.boolean().describe('The state to set; it is never flipped') }),
    answers: done,
    problems: ['UnsupportedMediaType', 'SpecInvalid', 'Conflict'],
  },
  pipelineStatus: {
    ...addresses.pipelineStatus,
    summary: 'How the last runs of a pipeline stand, the newest first',
    rights: 'list omjobs.pipelines.openmetadata.org (native engine: jobs.batch)',
    params: pipelineParams,
    query: z.strictObject({ ...where, queued: flag.describe('Only those that wait to start') }),
    answers: {
      200: {
        description: 'Runs of the cluster and of the history',
        schema: z.object({ items: z.array(statusSchema) }).meta({ id: 'PipelineRunStatuses' }),
      },
    },
    problems: ['HistoryUnavailable', 'HistoryOpening'],
  },
  pipelineLogs: {
    ...addresses.pipelineLogs,
    summary: 'A page of the log of a run, or all of it as it is written',
    rights: 'list omjobs.pipelines.openmetadata.org (native engine: jobs.batch), list pods, get pods/log',
    params: pipelineParams,
    query: z.strictObject({
      ...where,
      after: z.string().max(64).optional().describe('`after` of the page before'),
      runId: z.string().min(1).max(253).optional().describe('The last run when left out'),
      follow: flag.describe(
        'All of the log as text, from its beginning until the run has ended; without `after`',
      ),
    }),
    answers: {
      200: {
        description:
          '`<taskKey>` or `logs`, `total`, and `after` where more follows; all of them texts. Followed: the bytes as main wrote them',
        schema: z.record(z.string(), z.string()).meta({ id: 'PipelineLogPage' }),
        mediaType: 'text/plain',
        headers: { [logHeaders.run]: 'Followed: id of the run' },
      },
    },
    problems: ['NotFound', 'LogNotFound', 'HistoryUnavailable', 'HistoryOpening'],
  },
  pipelineHost: {
    ...addresses.pipelineHost,
    summary: 'Where pipelines run from, as far as it is known',
    rights: 'none beyond being known',
    query: inPlace,
    answers: {
      200: {
        description: 'One text',
        schema: z.object({ ip: z.string() }).meta({ id: 'PipelineHost' }),
      },
    },
    problems: [],
  },
  pipelineServiceStatus: {
    ...addresses.pipelineServiceStatus,
    summary: 'Whether pipelines can be run: the cluster answers, the rights are there; `code` says so',
    rights: 'none beyond being known; what the caller lacks is named in `reason`',
    query: inPlace,
    answers: { 200: { description: '`code` 200 when healthy', schema: wireSchema } },
    problems: [],
  },
  runAutomation: {
    ...addresses.runAutomation,
    summary: 'Run an automation workflow, as a test of a connection',
    rights: RIGHTS_TO_RUN,
    query: inPlace,
    headers: idempotencyHeaders,
    body: entity,
    answers: done,
    problems: REFUSED,
  },
  runApplication: {
    ...addresses.runApplication,
    summary: 'Run an application',
    rights: RIGHTS_TO_RUN,
    params: z.strictObject({ name: z.string().min(1).max(MAX_FQN) }),
    query: inPlace,
    headers: idempotencyHeaders,
    body: entity,
    answers: done,
    problems: REFUSED,
  },
  validateApplication: {
    ...addresses.validateApplication,
    summary: 'Whether an application could be run, without running it',
    rights: RIGHTS_TO_RUN,
    params: z.strictObject({ name: z.string().min(1).max(MAX_FQN) }),
    query: inPlace,
    body: entity,
    answers: done,
    problems: REFUSED,
  },
} as const satisfies Record<string, Route>;
