import type { PipelineJob } from '../../actions/pipeline/kinds.ts';
import { listPipelineJobs, runIdOf } from '../../actions/pipeline/pipelineJobs.ts';
import type { Routes } from '../../contract/routes.ts';
import { PIPELINE_LABEL } from '../../core/naming/pipelineLabels.ts';
import { viewOf } from '../../core/omjob/view.ts';
import type { LogPageAnswer } from '../../core/pipeline/logPages.ts';
import { taskKey } from '../../core/pipeline/taskKeys.ts';
import type { Run } from '../../core/run/run.ts';
import { pods as podResource } from '../../kube/resources.ts';
import type { Caller } from '../access/access.ts';
import { demand } from '../access/demand.ts';
import { type Api, type Call, json, type Reply } from '../http/api.ts';
import { logPage } from '../logs/logPage.ts';
import { readDeployment } from './deploy.ts';
import { demandScope, settingsFor } from './place.ts';

/** Runs of the history among which one is looked for by its id. */
const MAX_STORED = 200;

/** `GET /pipelines/{fqn}/logs`. */
export async function pipelineLogs(
  api: Api,
  { params, query, caller, signal }: Call<Routes['pipelineLogs']>,
): Promise<Reply> {
  const wish = { fqn: params.fqn, ...query, caller, signal };
  return json(200, await readPage(api, { ...wish, key: undefined }));
}

/** Which page of which log, and who asks. */
export interface PageWish {
  readonly fqn: string;
  readonly namespace?: string | undefined;
  readonly runId?: string | undefined;
  readonly after?: string | undefined;
  /** Under which key the text is answered; undefined: that of the pipeline's type. */
  readonly key: string | undefined;
  readonly caller: Caller;
  readonly signal: AbortSignal;
}

/** A page of the log of one run, of the last one where none is named; also when its pod is gone. */
export async function readPage(api: Api, wish: PageWish): Promise<LogPageAnswer> {
  const settings = settingsFor(api, { namespace: wish.namespace });
  const { namespace } = settings;
  const scope = await demandScope(api, wish.caller, 'status', settings, wish.fqn);
  await demand(api.access, wish.caller, [
    { verb: 'list', group: '', resource: 'pods', namespace },
    { verb: 'get', group: '', resource: 'pods', subresource: 'log', namespace },
  ]);
  const { runId, signal } = wish;
  const jobs = await listPipelineJobs(api.client, scope, { signal });
  const job = jobs.find((one) => runId === undefined || runIdOf(one) === runId);
  const run = job === undefined ? await storedRun(api, namespace, wish) : runOf(job);
  const labelSelector = [scope.labelSelector, ...ofRun(job, runId)].join(',');
  const { items: pods } = await api.client.list(podResource, { namespace, labelSelector, signal });
  const key = wish.key ?? taskKey(await typeOf(api, namespace, wish.fqn, run));
  // What the history has must not be hidden by another run's pod.
  return logPage(
    api,
    { run, pods: job === undefined && run !== undefined ? [] : pods },
    { taskKey: key, after: wish.after },
    signal,
  );
}

function runOf(job: PipelineJob): Run | undefined {
  return job.engine === 'guaranteed' ? viewOf(job.object) : undefined;
}

/** Pods of a Job carry its name: a scheduled one has no id of ours. */
function ofRun(job: PipelineJob | undefined, runId: string | undefined): string[] {
  if (job?.engine === 'native') return [`job-name=${job.object.metadata?.name ?? ''}`];
  const id = job === undefined ? runId : job.object.metadata.labels?.[PIPELINE_LABEL.runId];
  return id === undefined ? [] : [`${PIPELINE_LABEL.runId}=${id}`];
}

async function storedRun(
  { stores }: Api,
  namespace: string,
  { fqn, runId }: PageWish,
): Promise<Run | undefined> {
  if (stores === undefined) return undefined;
  const limit = runId === undefined ? 1 : MAX_STORED;
  const subject = { kind: 'pipeline', id: fqn };
  const { runs } = await stores.history.list({ namespaces: [namespace], subject, limit });
  return runs.find(({ run }) => runId === undefined || run.metadata.labels?.[PIPELINE_LABEL.runId] === runId)
    ?.run;
}

/** The type as it was deployed; labels have it in lower case. */
async function typeOf(api: Api, namespace: string, fqn: string, run: Run | undefined): Promise<string> {
  const deployed = await readDeployment(api, namespace, fqn);
  return deployed?.facts.pipelineType ?? run?.metadata.labels?.[PIPELINE_LABEL.pipelineType] ?? '';
}
