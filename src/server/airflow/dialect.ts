import type { Caller } from '../access/access.ts';
import type { Api } from '../http/api.ts';
import { deploy, kill, remove, runAutomation, setState, trigger } from './changing.ts';
import { csrfToken, health, ip, lastLogs, status } from './reading.ts';

/** One request of the dialect. */
export interface DialectCall {
  readonly query: Readonly<Record<string, string | undefined>>;
  /** The JSON body; an empty object where there is none. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly rawBody: string;
  /** Undefined only on what anybody may ask. */
  readonly caller: Caller;
  readonly signal: AbortSignal;
}

/** One operation: what it answers with status 200; what it refuses is thrown. */
export interface DialectRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly name: string;
  readonly isOpen?: true;
  readonly answer: (api: Api, call: DialectCall) => Promise<object>;
}

/**
 * Where OpenMetadata's client looks for the plugin, in its order: Airflow 3, then 2. The first that answers is used, and all
 * answer the same.
 */
export const DIALECT_ROOTS = [
  '/pluginsv2/api/v2/openmetadata',
  '/api/v2/openmetadata',
  '/api/v1/openmetadata',
];

/** The operations of the plugin, `openmetadata-managed-apis`. */
export const dialectRoutes: readonly DialectRoute[] = [
  { method: 'POST', name: 'deploy', answer: deploy },
  { method: 'POST', name: 'trigger', answer: trigger },
  { method: 'POST', name: 'enable', answer: setState('enabled') },
  { method: 'POST', name: 'disable', answer: setState('disabled') },
  { method: 'POST', name: 'kill', answer: kill },
  { method: 'DELETE', name: 'delete', answer: remove },
  { method: 'GET', name: 'status', answer: status },
  { method: 'GET', name: 'last_dag_logs', answer: lastLogs },
  { method: 'POST', name: 'run_automation', answer: runAutomation },
  { method: 'GET', name: 'ip', answer: ip },
  { method: 'GET', name: 'health', isOpen: true, answer: health },
  { method: 'GET', name: 'health-auth', answer: health },
  { method: 'GET', name: 'csrf-token', answer: csrfToken },
];
