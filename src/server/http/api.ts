import type { ServerResponse } from 'node:http';
import type { Parsed, Route } from '../../contract/route.ts';
import type { RouteName, Routes } from '../../contract/routes.ts';
import type { AdmissionView, QueuePosition, QueueSummary } from '../../core/admission/position.ts';
import type { PipelineSettings } from '../../core/pipeline/pipelineSettings.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { SendRequest } from '../../ports/sendRequest.ts';
import type { LogStore } from '../../store/types.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Access, Caller } from '../access/access.ts';
import type { RunFeed } from '../cache/runFeed.ts';
import type { SharedAnswer } from '../cache/sharedAnswer.ts';
import type { HistoryReader } from '../history/historyReader.ts';
import type { LiveLogs } from '../logs/liveLogs.ts';
import type { Refusal } from './refusal.ts';

/** What the server knows of pipelines. */
interface PipelineParts {
  readonly settings: PipelineSettings;
  /** Name of the pod that the server runs in; undefined: in none. */
  readonly hostName?: string | undefined;
  /** Asks OpenMetadata for the service of a pipeline that is deployed without it. */
  readonly send: SendRequest;
}

/** What every handler works with. */
export interface Api {
  readonly client: KubeClient;
  readonly feed: RunFeed;
  readonly access: Access;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** How long a create waits for the leader's word, ms. */
  readonly acceptMs: number;
  readonly version: string;
  /** Where queues are found that a run's own namespace does not have. */
  readonly operatorNamespace: string;
  /** Where every waiting run stands, and what each queue holds. */
  readonly places: SharedAnswer<AdmissionView, ReadonlyMap<string, QueuePosition>>;
  readonly queues: SharedAnswer<AdmissionView, readonly QueueSummary[]>;
  /** History and logs of what the cluster has no more; undefined: none is configured. */
  readonly stores: { readonly history: HistoryReader; readonly logs: LogStore | undefined } | undefined;
  /** Logs of pods that are there, by offset. */
  readonly liveLogs: LiveLogs;
  readonly pipelines: PipelineParts;
  /** Why this server can't show OMJobs; undefined when it can. */
  readonly omJobsProblem: () => Refusal | undefined;
  /** Why lists and streams can't be answered yet; undefined once the cache has been filled. */
  readonly cacheProblem: () => Refusal | undefined;
  /** Aborted when the server stops; ends streams. */
  readonly stopping: AbortSignal;
}

/** One request, parsed by its route's schemas. */
export interface Call<R extends Route> {
  readonly params: Parsed<R, 'params'>;
  readonly query: Parsed<R, 'query'>;
  readonly headers: Parsed<R, 'headers'>;
  readonly body: Parsed<R, 'body'>;
  /** The body as it came, '' without one. */
  readonly rawBody: string;
  readonly caller: Caller;
  /** Aborted when the caller has gone away. */
  readonly signal: AbortSignal;
}

/** What a handler answers: a JSON body, bytes, or a stream that it writes itself once the head is out. */
export type Reply =
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'bytes'; readonly headers: Readonly<Record<string, string>>; readonly body: Buffer }
  | {
      readonly kind: 'stream';
      readonly headers: Readonly<Record<string, string>>;
      readonly write: (response: ServerResponse) => Promise<void>;
    };

/** Answers the requests of one route. */
export type Handler<R extends Route> = (api: Api, call: Call<R>) => Promise<Reply>;

/** A handler for every route. */
export type Handlers = { readonly [N in RouteName]: Handler<Routes[N]> };

/** A JSON answer. */
export function json(status: number, body: unknown): Reply {
  return { kind: 'json', status, body };
}
