import { runs } from '../actions/resources.ts';
import { queuePositions, queueSummaries } from '../core/admission/position.ts';
import { readPipelineSettings } from '../core/pipeline/pipelineSettings.ts';
import type { Run } from '../core/run/run.ts';
import type { ServerSettings } from '../core/settings/server.ts';
import type { KubeClient } from '../kube/types.ts';
import { createInformer, type Informer } from '../kube/watch/informer.ts';
import type { OptionalInformer } from '../kube/watch/optionalInformer.ts';
import type { Clock, Random } from '../ports/clock.ts';
import { sendRequest } from '../ports/sendRequest.ts';
import type { HistoryStore, LogStore } from '../store/types.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Access } from './access/access.ts';
import { clusterAccess } from './access/clusterAccess.ts';
import { localAccess } from './access/localAccess.ts';
import { fillingProblem } from './cache/demandCache.ts';
import { createOMJobCache } from './cache/omJobCache.ts';
import { RunFeed } from './cache/runFeed.ts';
import { SharedAnswer } from './cache/sharedAnswer.ts';
import { handlers } from './handlers.ts';
import { historyReader } from './history/historyReader.ts';
import type { Api } from './http/api.ts';
import { createApp } from './http/app.ts';
import { createHealthApp, type Readiness } from './http/health.ts';
import { listen } from './http/listen.ts';
import { createHttpMetrics } from './http/metrics.ts';
import { refusalOf } from './http/refusalOf.ts';
import { LiveLogs } from './logs/liveLogs.ts';
import { watchHooks } from './pipelines/watchHooks.ts';
import { admissionView } from './queues/view.ts';

/** Who may call: whoever has the one local token (`up`), or whom the cluster says. */
export type ServerAuth = { readonly kind: 'local'; readonly token: string } | { readonly kind: 'cluster' };

/** What a server is made of. */
export interface ServerParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly settings: Pick<ServerSettings, 'host' | 'port' | 'healthHost' | 'healthPort' | 'acceptSeconds'>;
  /** Where queues are found that a run's own namespace does not have. */
  readonly operatorNamespace: string;
  /** History and logs of what the cluster has no more; left out: none is configured. Whoever opened them closes them. */
  readonly stores?: { readonly history: HistoryStore; readonly logs: LogStore | undefined } | undefined;
  readonly auth: ServerAuth;
  /** Settings of pipelines as they were given; a bad one is refused (`SettingsError`). */
  readonly pipelines: {
    readonly values: Readonly<Record<string, unknown>>;
    /** Name of the pod that the server runs in, where it runs in one. */
    readonly hostName?: string | undefined;
  };
  /** Of the program, for the OpenAPI document. */
  readonly version: string;
}

/** A server that listens. */
export interface RunningServer {
  readonly url: string;
  readonly healthUrl: string;
  /** Resolves once the cache holds all runs that exist; with false when stopped before. */
  readonly whenReady: () => Promise<boolean>;
  /** Takes no new requests, ends streams with `shutdown`, lets the others finish. */
  readonly stop: () => Promise<void>;
}

/** Starts the HTTP API. Resolves when both ports listen; throws `PortError` when one can't be had. */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { client, clock, random, log, settings } = parts;
  const pipelineSettings = readPipelineSettings(parts.pipelines.values);
  const informer = createInformer<Run>({
    client,
    resource: runs,
    clock,
    random,
    onError: (error) => log.warn('watching runs failed; it goes on by itself', { err: error }),
    onHandlerError: (error) => log.error('a listener of runs failed', { err: error }),
  });
  const omJobs = createOMJobCache(parts);
  const feed = new RunFeed(informer, omJobs.informer);
  const metrics = createHttpMetrics(() => feed.book.size);
  const stopping = new AbortController();
  const view = () => admissionView(api, stopping.signal);
  const api: Api = {
    client,
    feed,
    access: accessOf(parts),
    clock,
    random,
    log,
    acceptMs: settings.acceptSeconds * 1000,
    version: parts.version,
    operatorNamespace: parts.operatorNamespace,
    places: new SharedAnswer(clock, view, queuePositions),
    queues: new SharedAnswer(clock, view, queueSummaries),
    stores: parts.stores && { ...parts.stores, history: historyReader(parts.stores.history, clock) },
    liveLogs: new LiveLogs(client),
    pipelines: { settings: pipelineSettings, hostName: parts.pipelines.hostName, send: sendRequest },
    stopping: stopping.signal,
    omJobsProblem: () => refusalOf(omJobs.missing() ?? omJobs.withheld()),
    cacheProblem: () =>
      fillingProblem(informer) ?? (omJobs.isSettled() ? undefined : fillingProblem(omJobs.informer)),
  };
  const app = createApp(api, handlers, metrics);
  const health = createHealthApp({
    metrics: () => metrics.text(),
    readiness: () => readinessOf({ informer, omJobs }, stopping.signal, parts.stores?.history.problem()),
  });
  let unwatchHooks = async () => {};
  const stop = async () => {
    stopping.abort(new Error('the server is stopping'));
    await app.close();
    feed.close();
    await unwatchHooks();
    await Promise.all([informer.stop(), omJobs.informer.stop()]);
    await health.close();
  };
  try {
    const url = await listen(app, settings, 'the HTTP API');
    const healthAddress = { host: settings.healthHost, port: settings.healthPort };
    const healthUrl = await listen(health, healthAddress, 'health checks');
    informer.start();
    unwatchHooks = watchHooks({
      ...api,
      pipelines: pipelineSettings,
      onFailed: (count) => metrics.hooksFailed(count),
    });
    omJobs.informer.start();
    const whenReady = async () =>
      (await Promise.all([informer.whenSynced(), omJobs.whenSettled()])).every(Boolean);
    return { url, healthUrl, whenReady, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function accessOf({ auth, client, clock }: ServerParts): Access {
  return auth.kind === 'local' ? localAccess(auth.token) : clusterAccess(client, clock);
}

/** What the cluster has is served without a history. */
function readinessOf(
  { informer, omJobs }: { informer: Informer<Run>; omJobs: OptionalInformer<Run> },
  stopping: AbortSignal,
  ofHistory: Error | undefined,
): Readiness {
  if (stopping.aborted) return { ready: false, why: 'stopping' };
  const problem = informer.problem() ?? omJobs.problem();
  if (problem !== undefined) {
    const detail = refusalOf(problem)?.problem.detail ?? problem.message;
    return { ready: false, why: `the cache of runs is not up to date: ${detail}` };
  }
  const filling =
    fillingProblem(informer) ?? (omJobs.isSettled() ? undefined : fillingProblem(omJobs.informer));
  if (filling !== undefined) return { ready: false, why: filling.message };
  const [line] = ofHistory?.message.split('\n') ?? [];
  const withheld = omJobs.withheld();
  return {
    ready: true,
    warnings: [
      ...(line === undefined ? [] : [`history: ${line}`]),
      ...(withheld === undefined
        ? []
        : [`OMJobs are not shown: ${refusalOf(withheld)?.problem.detail ?? ''}`]),
    ],
  };
}
