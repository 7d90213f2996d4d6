/** Where a route is, as the client needs it to call it: what the route takes and answers are only types to it. */
export interface Address {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** From the root, with `{name}` for parameters. */
  readonly path: string;
}

/**
 * Addresses of all routes, by their names. They stand apart from the schemas, so that a call of the command line does not
 * pay for making those: they are half of what it would compute.
 */
export const addresses = {
  submitRun: { method: 'POST', path: '/api/v1/runs' },
  listRuns: { method: 'GET', path: '/api/v1/runs' },
  getRun: { method: 'GET', path: '/api/v1/runs/{name}' },
  deleteRun: { method: 'DELETE', path: '/api/v1/runs/{name}' },
  cancelRun: { method: 'POST', path: '/api/v1/runs/{name}/cancel' },
  explainRun: { method: 'GET', path: '/api/v1/runs/{name}/explain' },
  runEvidence: { method: 'GET', path: '/api/v1/runs/{name}/evidence' },
  retryRun: { method: 'POST', path: '/api/v1/runs/{name}/retry' },
  resubmitRun: { method: 'POST', path: '/api/v1/runs/{name}/resubmit' },
  runLogs: { method: 'GET', path: '/api/v1/runs/{name}/logs' },
  runEvents: { method: 'GET', path: '/api/v1/runs/{name}/events' },
  listQueues: { method: 'GET', path: '/api/v1/queues' },
  explainQueue: { method: 'GET', path: '/api/v1/runs/{name}/queue' },
  deployPipeline: { method: 'POST', path: '/api/v1/pipelines' },
  getPipeline: { method: 'GET', path: '/api/v1/pipelines/{fqn}' },
  deletePipeline: { method: 'DELETE', path: '/api/v1/pipelines/{fqn}' },
  rollbackPipeline: { method: 'POST', path: '/api/v1/pipelines/{fqn}/rollback' },
  runPipeline: { method: 'POST', path: '/api/v1/pipelines/{fqn}/run' },
  killPipeline: { method: 'POST', path: '/api/v1/pipelines/{fqn}/kill' },
  killPipelineRun: { method: 'POST', path: '/api/v1/pipelines/{fqn}/runs/{runId}/kill' },
  togglePipeline: { method: 'POST', path: '/api/v1/pipelines/{fqn}/toggle' },
  pipelineStatus: { method: 'GET', path: '/api/v1/pipelines/{fqn}/status' },
  pipelineLogs: { method: 'GET', path: '/api/v1/pipelines/{fqn}/logs' },
  pipelineHost: { method: 'GET', path: '/api/v1/pipelines/-/host' },
  pipelineServiceStatus: { method: 'GET', path: '/api/v1/pipelines/-/service-status' },
  runAutomation: { method: 'POST', path: '/api/v1/automations' },
  runApplication: { method: 'POST', path: '/api/v1/applications/{name}/run' },
  validateApplication: { method: 'POST', path: '/api/v1/applications/{name}/validate' },
  createSchedule: { method: 'POST', path: '/api/v1/schedules' },
  listSchedules: { method: 'GET', path: '/api/v1/schedules' },
  previewSchedule: { method: 'GET', path: '/api/v1/schedules/{name}/preview' },
  triggerSchedule: { method: 'POST', path: '/api/v1/schedules/{name}/trigger' },
  suspendSchedule: { method: 'POST', path: '/api/v1/schedules/{name}/suspend' },
  resumeSchedule: { method: 'POST', path: '/api/v1/schedules/{name}/resume' },
  killSubject: { method: 'POST', path: '/api/v1/subjects/{kind}/{id}/kill' },
  historyState: { method: 'GET', path: '/api/v1/history' },
  stream: { method: 'GET', path: '/api/v1/stream' },
  openapi: { method: 'GET', path: '/api/v1/openapi.json' },
} as const satisfies Record<string, Address>;
