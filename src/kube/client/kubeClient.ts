import type { Clock, Random } from '../../ports/clock.ts';
import { pods } from '../resources.ts';
import type { Transport } from '../transport/transport.ts';
import type { KubeClient, KubeObject, ListOptions, ObjectRef, Resource, WatchOptions } from '../types.ts';
import { answerObject } from './answerObject.ts';
import type { Call, RequestRecord } from './call.ts';
import type { Exchange } from './exchange.ts';
import { exchange } from './exchange.ts';
import { laneBudgets } from './laneBudgets.ts';
import { allPages, readList } from './listing.ts';
import { collectionPath, nameOf, objectPath, selectors, withQuery } from './paths.ts';
import { serverTime } from './serverTime.ts';
import { watchEvents } from './watchEvents.ts';
import { writes } from './writes.ts';

/** What a client is made of. */
export interface KubeClientParts {
  /** Owned by the client from now on: `close` closes it. */
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  /** Seen in the API server's audit log. */
  readonly userAgent: string;
  /** Called for every try of every request, when its head came or failed. Must not throw. */
  readonly onRequest?: (record: RequestRecord) => void;
}

/** Between two chunks of a log that is not followed. */
const LOG_IDLE_MS = 60_000;

/** A client of the cluster that the transport leads to. */
export function createKubeClient(parts: KubeClientParts): KubeClient {
  const time = serverTime(parts.clock);
  const requests = exchange({ ...parts, onRequest: parts.onRequest, budgets: laneBudgets(), time });

  return {
    ...reads(requests),
    ...writes(requests),
    ...streams(requests),
    serverNow: () => time.now(),
    close: () => parts.transport.close(),
  };
}

function reads(requests: Exchange): Pick<KubeClient, 'get' | 'list' | 'listAll' | 'raw'> {
  const list: KubeClient['list'] = async (resource, options = {}) => {
    const call = listCall(resource, options);
    return readList(call, resource, await requests.json(call));
  };
  return {
    list,
    listAll: (resource, options = {}) => allPages((page) => list(resource, page), options),
    async get<T extends KubeObject>(
      resource: Resource<T>,
      ref: ObjectRef,
      options: Parameters<KubeClient['get']>[2] = {},
    ) {
      const path = withQuery(objectPath(resource, ref, options.subresource), {
        resourceVersion: options.resourceVersion,
      });
      const action = `getting ${nameOf(resource, ref)}`;
      const call: Call = { ...readCall(resource, options, 'get', action), path };
      return answerObject(call, await requests.json(call)) as T;
    },
    async raw<A>(
      method: 'GET' | 'POST',
      path: string,
      body?: object,
      options: { signal?: AbortSignal } = {},
    ) {
      const call: Call = {
        verb: method === 'GET' ? 'get' : 'create',
        resource: path.split('?')[0] ?? path,
        action: `calling ${method} ${path}`,
        method,
        path,
        lane: method === 'GET' ? 'read' : 'create',
        ...options,
        signal: options.signal,
        ...(body === undefined ? {} : { body }),
      };
      return (await requests.json(call)) as A;
    },
  };
}

function streams(requests: Exchange): Pick<KubeClient, 'watch' | 'podLog'> {
  return {
    watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions = {}) {
      const call = watchCall(resource, options);
      return watchEvents<T>(call, () => requests.stream(call, options.idleMs));
    },
    podLog(ref, options = {}) {
      const { signal, lane, idleMs, ...query } = options;
      const call: Call = {
        verb: 'log',
        resource: 'pods/log',
        action: `reading log of ${nameOf(pods, ref)}${query.container === undefined ? '' : ` container ${query.container}`}`,
        method: 'GET',
        path: withQuery(objectPath(pods, ref, 'log'), query),
        lane: lane ?? 'watch',
        signal,
      };
      return requests.stream(call, idleMs ?? (query.follow === true ? undefined : LOG_IDLE_MS));
    },
  };
}

function readCall(
  resource: Resource<KubeObject>,
  options: { readonly signal?: AbortSignal; readonly lane?: Call['lane']; readonly subresource?: string },
  verb: Call['verb'],
  action: string,
): Omit<Call, 'path'> {
  const part = options.subresource === undefined ? '' : `/${options.subresource}`;
  return {
    verb,
    resource: `${resource.plural}${part}`,
    action,
    method: 'GET',
    lane: options.lane ?? (verb === 'watch' ? 'watch' : 'read'),
    signal: options.signal,
  };
}

function listCall(resource: Resource<KubeObject>, options: ListOptions): Call {
  const path = withQuery(collectionPath(resource, scopeOf(resource, options.namespace)), {
    ...selectors(options),
    limit: options.limit,
    continue: options.continueToken,
    resourceVersion: options.resourceVersion,
    resourceVersionMatch: options.resourceVersionMatch,
  });
  return { ...readCall(resource, options, 'list', `listing ${placeOf(resource, options.namespace)}`), path };
}

function watchCall(resource: Resource<KubeObject>, options: WatchOptions): Call {
  const path = withQuery(collectionPath(resource, scopeOf(resource, options.namespace)), {
    watch: true,
    ...selectors(options),
    resourceVersion: options.resourceVersion,
    allowWatchBookmarks: options.allowBookmarks,
    sendInitialEvents: options.sendInitialEvents,
    // The server demands it together with sendInitialEvents, and takes no other value.
    resourceVersionMatch: options.sendInitialEvents === true ? 'NotOlderThan' : undefined,
    timeoutSeconds: options.timeoutSeconds,
  });
  return {
    ...readCall(resource, options, 'watch', `watching ${placeOf(resource, options.namespace)}`),
    path,
  };
}

function scopeOf(resource: Resource<KubeObject>, namespace: string | undefined): string | undefined {
  return resource.namespaced ? namespace : undefined;
}

function placeOf(resource: Resource<KubeObject>, namespace: string | undefined): string {
  return resource.namespaced && namespace !== undefined
    ? `${resource.plural} of ${namespace}`
    : resource.plural;
}
