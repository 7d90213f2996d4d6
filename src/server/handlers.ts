import { toOpenApi } from '../contract/openapi.ts';
import { routes } from '../contract/routes.ts';
import { historyState } from './history/historyState.ts';
import { runEvidence } from './history/runEvidence.ts';
import { type Handlers, json } from './http/api.ts';
import { runLogs } from './logs/runLogs.ts';
import { deletePipeline, killPipeline, killPipelineRun, togglePipeline } from './pipelines/change.ts';
import { deployPipeline, getPipeline, rollbackPipeline } from './pipelines/deploy.ts';
import { pipelineLogs } from './pipelines/logs.ts';
import { runApplication, runAutomation, runPipeline, validateApplication } from './pipelines/run.ts';
import { pipelineHost, pipelineServiceStatus } from './pipelines/service.ts';
import { pipelineStatus } from './pipelines/status.ts';
import { explainQueue } from './queues/explain.ts';
import { listQueues } from './queues/list.ts';
import { resubmitRun, retryRun } from './runs/again.ts';
import { explainRun } from './runs/explain.ts';
import { listRuns } from './runs/list.ts';
import { cancelRun, deleteRun, getRun } from './runs/one.ts';
import { submitRun } from './runs/submit.ts';
import { createSchedule } from './schedules/create.ts';
import {
  listSchedules,
  previewSchedule,
  resumeSchedule,
  suspendSchedule,
  triggerSchedule,
} from './schedules/routes.ts';
import { runEvents } from './stream/runEvents.ts';
import { streamAll } from './stream/streamAll.ts';
import { killSubject } from './subjects/kill.ts';

/** What answers each route. */
export const handlers: Handlers = {
  submitRun,
  listRuns,
  getRun,
  deleteRun,
  cancelRun,
  explainRun,
  runEvidence,
  retryRun,
  resubmitRun,
  runLogs,
  runEvents,
  listQueues,
  explainQueue,
  createSchedule,
  listSchedules,
  previewSchedule,
  triggerSchedule,
  suspendSchedule,
  resumeSchedule,
  killSubject,
  deployPipeline,
  getPipeline,
  deletePipeline,
  rollbackPipeline,
  runPipeline,
  killPipeline,
  killPipelineRun,
  togglePipeline,
  pipelineStatus,
  pipelineLogs,
  pipelineHost,
  pipelineServiceStatus,
  runAutomation,
  runApplication,
  validateApplication,
  historyState,
  stream: streamAll,
  openapi: async ({ version }) => json(200, toOpenApi(routes, version)),
};
