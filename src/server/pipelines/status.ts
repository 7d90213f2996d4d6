import { listFailedHooks } from '../../actions/pipeline/failedHooks.ts';
import type { PipelineJob } from '../../actions/pipeline/kinds.ts';
import { createdAt, listPipelineJobs, runIdOf, stateOf } from '../../actions/pipeline/pipelineJobs.ts';
import type { PipelineRunStatus } from '../../contract/routes/pipelines.ts';
import type { Routes } from '../../contract/routes.ts';
import { PIPELINE_LABEL } from '../../core/naming/pipelineLabels.ts';
import { jobStateOfRun, pipelineState } from '../../core/pipeline/pipelineState.ts';
import { type FailedHook, failedHookMessage, failedHooksOf } from '../../core/pipeline/preStopHooks.ts';
import type { ReasonCode } from '../../core/reasons/catalogue.ts';
import { timeOf } from '../../core/run/conditions.ts';
import { KubeError } from '../../kube/errors.ts';
import type { StoredRun } from '../../store/types.ts';
import type { Caller } from '../access/access.ts';
import { type Api, type Call, json, type Reply } from '../http/api.ts';
import { demandScope, settingsFor } from './place.ts';

/** Runs in one answer: OpenMetadata shows ten, and asks for no more. */
const MAX_RUNS = 50;

/** How long after the end of a Job its pods may still be told of, ms: their grace, and a kubelet that is late. */
const HOOK_GRACE_MS = 120_000;

/** `GET /pipelines/{fqn}/status`. */
export async function pipelineStatus(
  api: Api,
  { params, query, caller, signal }: Call<Routes['pipelineStatus']>,
): Promise<Reply> {
  const items = await runStatuses(api, { fqn: params.fqn, namespace: query.namespace, caller, signal });
  return json(200, {
    items: query.queued ? items.filter(({ pipelineState: state }) => state === 'queued') : items,
  });
}

/** Whose runs, and who asks. */
export interface StatusWish {
  readonly fqn: string;
  readonly namespace: string | undefined;
  readonly caller: Caller;
  readonly signal: AbortSignal;
}

/**
 * How the runs of a pipeline stand, the youngest first: those of the cluster, and those that only the history has. What it says
 * comes from jobs and not from what runs inside them, so that one whose pod died silently does not stay running.
 */
export async function runStatuses(api: Api, wish: StatusWish): Promise<PipelineRunStatus[]> {
  const { fqn, caller, signal } = wish;
  const settings = settingsFor(api, { namespace: wish.namespace });
  const scope = await demandScope(api, caller, 'status', settings, fqn);
  const [jobs, stored] = await Promise.all([
    listPipelineJobs(api.client, scope, { signal }),
    storedRuns(api, scope.namespace, fqn),
  ]);
  const failedHooks = await hooksOf(api, scope.namespace, jobs, { caller, signal });
  const present = new Set(jobs.map(({ object: { metadata } }) => metadata?.uid));
  const past = stored.filter(({ uid }) => !present.has(uid)).map(statusOfStored);
  return [...jobs.map((job) => statusOfJob(job, failedHooks)), ...past]
    .sort((one, other) => other.timestamp - one.timestamp)
    .slice(0, MAX_RUNS);
}

/** A server without a history knows what the cluster has. */
async function storedRuns({ stores }: Api, namespace: string, fqn: string): Promise<readonly StoredRun[]> {
  if (stores === undefined) return [];
  const query = { namespaces: [namespace], subject: { kind: 'pipeline', id: fqn }, limit: MAX_RUNS };
  return (await stores.history.list(query)).runs;
}

/** Hooks that failed, where that may say more of a Job than it says itself, and the caller may read it. */
async function hooksOf(
  { access, client, log }: Api,
  namespace: string,
  jobs: readonly PipelineJob[],
  { caller, signal }: Pick<StatusWish, 'caller' | 'signal'>,
): Promise<FailedHook[]> {
  const isOpen = jobs.some((job) => job.engine === 'native' && stateOf(job) !== 'Succeeded');
  const right = { verb: 'list', group: '', resource: 'events', namespace } as const;
  if (!isOpen || !(await access.allows(caller, right))) return [];
  return listFailedHooks(client, namespace, { signal }).catch((error: unknown) => {
    if (!(error instanceof KubeError)) throw error;
    log.warn('reading Events about preStop hooks failed', { err: error });
    return [];
  });
}

function statusOfJob(job: PipelineJob, failedHooks: readonly FailedHook[]): PipelineRunStatus {
  const { metadata } = job.object;
  return {
    runId: runIdOf(job),
    pipelineState: pipelineState(stateOf(job)),
    ...timesOf(job),
    timestamp: createdAt(job),
    jobName: metadata?.name ?? '',
    ...wordsOf(job, failedHooks),
    source: 'cluster',
  };
}

function timesOf(job: PipelineJob) {
  const { startTime, completionTime } = job.object.status ?? {};
  return dates(timeOf(startTime), timeOf(completionTime));
}

function dates(startDate: number | undefined, endDate: number | undefined) {
  return {
    ...(startDate === undefined ? {} : { startDate }),
    ...(endDate === undefined ? {} : { endDate }),
  };
}

function wordsOf(
  job: PipelineJob,
  failedHooks: readonly FailedHook[],
): { reason?: string; message?: string } {
  if (job.engine === 'guaranteed') {
    const { endwell, message } = job.object.status ?? {};
    const reason = endwell?.main?.reason ?? endwell?.reason;
    return words(reason, endwell?.main?.message ?? endwell?.message ?? message);
  }
  const failed = job.object.status?.conditions?.find(
    ({ type, status }) => type === 'Failed' && status === 'True',
  );
  const span = { name: job.object.metadata?.name ?? '', from: createdAt(job), to: timesOf(job).endDate };
  const [hook] = stateOf(job) === 'Succeeded' ? [] : failedHooksOf(span, failedHooks, HOOK_GRACE_MS);
  if (hook === undefined) return words(failed?.reason, failed?.message);
  const ended = [failed?.reason, failed?.message].filter(Boolean).join(': ');
  return words('PreStopFailed' satisfies ReasonCode, failedHookMessage(hook, ended));
}

function words(reason: string | undefined, message: string | undefined) {
  return { ...(reason ? { reason } : {}), ...(message ? { message } : {}) };
}

function statusOfStored({ run, createdAt: timestamp }: StoredRun): PipelineRunStatus {
  const { metadata, status } = run;
  const { main, timeline } = status ?? {};
  return {
    runId: metadata.labels?.[PIPELINE_LABEL.runId] ?? metadata.name ?? '',
    pipelineState: pipelineState(jobStateOfRun(status?.phase)),
    ...dates(timeOf(timeline?.startedAt), timeOf(timeline?.exitFinishedAt ?? timeline?.finishedAt)),
    timestamp,
    jobName: metadata.name ?? '',
    ...words(main?.reason ?? status?.reason, main?.message ?? status?.message),
    source: 'history',
  };
}
