import type { PipelineJob } from '../../actions/pipeline/kinds.ts';
import { isLive, listPipelineJobs, runIdOf } from '../../actions/pipeline/pipelineJobs.ts';
import { logHeaders } from '../../contract/logAnswer.ts';
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
import { Refusal } from '../http/refusal.ts';
import { logPage } from '../logs/logPage.ts';
import { writeChunk } from '../logs/runLogs.ts';
import { readDeployment } from './deploy.ts';
import { followLog } from './followLog.ts';
import { demandScope, settingsFor } from './place.ts';

/** Runs of the history among which one is looked for by its id. */
const MAX_STORED = 200;

/** `GET /pipelines/{fqn}/logs`: a page, or, followed, all of it as text. */
export async function pipelineLogs(
  api: Api,
  { params, query, caller, signal }: Call<Routes['pipelineLogs']>,
): Promise<Reply> {
  const wish = { fqn: params.fqn, ...query, key: undefined, caller, signal };
  return query.follow ? followed(api, wish) : json(200, await readPage(api, wish));
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

/** What the cluster has of the run that is meant. Refuses (403) who may not read its log. */
async function findJob(api: Api, { fqn, namespace: where, runId, caller, signal }: PageWish) {
  const settings = settingsFor(api, { namespace: where });
  const { namespace } = settings;
  const scope = await demandScope(api, caller, 'status', settings, fqn);
  await demand(api.access, caller, [
    { verb: 'list', group: '', resource: 'pods', namespace },
    { verb: 'get', group: '', resource: 'pods', subresource: 'log', namespace },
  ]);
  const jobs = await listPipelineJobs(api.client, scope, { signal });
  return { scope, job: jobs.find((one) => runId === undefined || runIdOf(one) === runId) };
}

/** A page of the log of one run, of the last one where none is named; also when its pod is gone. */
export async function readPage(api: Api, wish: PageWish): Promise<LogPageAnswer> {
  const { runId, signal } = wish;
  const { scope, job } = await findJob(api, wish);
  const { namespace } = scope;
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

/** What can be refused is refused before the head is out: afterwards the connection can only be cut. */
async function followed(api: Api, wish: PageWish): Promise<Reply> {
  if (wish.after !== undefined) {
    throw new Refusal(
      'BadRequest',
      'query.after names a page: leave it out to follow a log from its beginning',
    );
  }
  const { scope, job } = await findJob(api, wish);
  const signal = AbortSignal.any([wish.signal, api.stopping]);
  if (job === undefined || !isLive(job)) return pagesInTurn(api, { ...wish, signal });
  const podSelector = [scope.labelSelector, ...ofRun(job, undefined)].join(',');
  return textReply(followLog(api, { job, scope, podSelector }, signal), runIdOf(job));
}

/** The log of a run that has ended. Refuses (404) where there is none. */
async function pagesInTurn(api: Api, wish: PageWish): Promise<Reply> {
  const first = await readPage(api, wish);
  if (first['total'] === undefined) throw new Refusal('LogNotFound', textOf(first));
  async function* texts() {
    for (let page = first; ; page = await readPage(api, { ...wish, after: page['after'] })) {
      yield Buffer.from(textOf(page));
      if (page['after'] === undefined) return;
    }
  }
  return textReply(texts(), wish.runId);
}

function textReply(bytes: AsyncIterable<Uint8Array>, runId: string | undefined): Reply {
  const run = runId === undefined ? {} : { [logHeaders.run]: runId };
  return {
    kind: 'stream',
    headers: { 'content-type': 'text/plain; charset=utf-8', ...run },
    async write(response) {
      for await (const chunk of bytes) await writeChunk(response, chunk);
    },
  };
}

function textOf({ total: _total, after: _after, ...texts }: LogPageAnswer): string {
  return Object.values(texts).join('');
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
