import type { TransportRequest } from '../transport/transport.ts';
import type { Lane } from '../types.ts';

/** The verbs of Kubernetes' access rules, and `log` for a pod's log. */
export type Verb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection'
  | 'log';

/** One request as the client means it. */
export interface Call {
  readonly verb: Verb;
  /** Plural and subresource (`pods/status`), or the path of a raw request: label of metrics. */
  readonly resource: string;
  /** How messages about it begin: "getting pods default/x". */
  readonly action: string;
  readonly method: TransportRequest['method'];
  readonly path: string;
  readonly body?: object;
  /** Of the body; JSON when left out. */
  readonly contentType?: string;
  readonly lane: Lane;
  readonly signal: AbortSignal | undefined;
}

/** What happened to one request (each try counts): for metrics. */
export interface RequestRecord {
  readonly verb: Verb;
  readonly resource: string;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** From sending (a wait for a slot of the lane included) to the head of the answer. */
  readonly ms: number;
}

/** True for requests that change nothing: they may be made again. */
export function isRead(call: Call): boolean {
  return call.method === 'GET';
}
