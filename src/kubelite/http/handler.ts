import { aggregated, coreVersions, groupDocument, groupList, resourceList } from '../discovery/discovery.ts';
import { openapiDocument, openapiIndex, openapiV2 } from '../discovery/openapi.ts';
import type { Served } from '../registry/catalogue.ts';
import type { Core, Target } from '../registry/core.ts';
import { badRequest, methodNotAllowed, noSuchResource } from '../status.ts';
import type { TokenSigner } from '../tls/serviceAccountTokens.ts';
import type { ApiHandler, ApiRequest, ApiResponse, PodLogSource } from '../types.ts';
import type { Authenticate } from './identity.ts';
import { type ResourceRoute, routeOf } from './path.ts';
import { isSet } from './query.ts';
import { openWatch, readList, readOne } from './reads.ts';
import { json, refusal, text } from './respond.ts';
import { answerReview, isReview } from './reviews.ts';
import { shapeOf } from './shape.ts';
import { subresource } from './subresource.ts';
import { create, patch, remove, removeAll, replace } from './writes.ts';

/** What the handler serves from. */
export interface ApiParts {
  readonly core: Core;
  readonly logs: PodLogSource;
  readonly signer: TokenSigner;
  readonly authenticate: Authenticate;
  /** Aborted when the server stops: ends the watches. */
  readonly stopping: AbortSignal;
  /** Undefined once everything has started; until then what is still missing. */
  readonly notReady: () => string | undefined;
}

/** `gitVersion` of /version; the suffix says that this is not Kubernetes' own server. */
export const GIT_VERSION = 'v1.34.0+kubelite';

/**
 * The API as a function of a request. Never rejects: what is refused is a response with a Status. Every answer says the
 * server's time, as one over HTTP does: clients learn it from there.
 */
export function createApiHandler(parts: ApiParts): ApiHandler {
  return async (request) => {
    const response = await answer(parts, request).catch(async (error: unknown) => {
      // A refusal may rest on a write that is still on its way to the disk (AlreadyExists, Conflict).
      if (request.method !== 'GET') await parts.core.store.settled();
      return refusal(error instanceof URIError ? badRequest(`reading path: ${error.message}`) : error);
    });
    const date = new Date(parts.core.clock.now()).toUTCString();
    return { ...response, headers: { ...response.headers, date } };
  };
}

async function answer(parts: ApiParts, request: ApiRequest): Promise<ApiResponse> {
  const at = request.path.indexOf('?');
  const path = at === -1 ? request.path : request.path.slice(0, at);
  const query = new URLSearchParams(at === -1 ? '' : request.path.slice(at + 1));
  const route = routeOf(path);
  switch (route.kind) {
    case 'discovery':
      return discovery(parts, route.path, request);
    case 'other':
      return other(parts, path);
    case 'resource':
      if (isReview(route)) return answerReview(request, route, parts.authenticate);
      return resource(parts, route, request, query);
    default:
      throw new Error(`routing ${request.path}: ${JSON.stringify(route satisfies never)}`);
  }
}

const NO_JOBS =
  'kubelite has no Job or CronJob controller and does not serve batch/v1; on a real cluster Jobs work as usual';

function resource(
  parts: ApiParts,
  route: ResourceRoute,
  request: ApiRequest,
  query: URLSearchParams,
): Promise<ApiResponse> | ApiResponse {
  const { core } = parts;
  const served = core.catalogue.find(route.group, route.version, route.plural);
  if (!served) throw noSuchResource(route.group === 'batch' ? NO_JOBS : '');
  if (
    served.info.namespaced
      ? route.name !== undefined && route.namespace === undefined
      : route.namespace !== undefined
  ) {
    throw noSuchResource();
  }
  if (route.name === undefined) return collection(parts, served, route.namespace, request, query);
  const target = { served, namespace: route.namespace, name: route.name };
  if (route.subresource !== undefined) return subresource(parts, target, route.subresource, request, query);
  return object(parts, target, request, query);
}

function collection(
  { core, stopping }: ApiParts,
  served: Served,
  namespace: string | undefined,
  request: ApiRequest,
  query: URLSearchParams,
): Promise<ApiResponse> | ApiResponse {
  if (served.info.namespaced && namespace === undefined && request.method !== 'GET') throw methodNotAllowed();
  switch (request.method) {
    case 'GET': {
      const shape = shapeOf(request.headers['accept']);
      if (!isSet(query, 'watch')) return readList(core, served, namespace, query, shape);
      const signals = request.signal ? [request.signal, stopping] : [stopping];
      return openWatch(core, served, namespace, query, shape, signals);
    }
    case 'POST':
      return create(core, served, namespace, request, query);
    case 'DELETE':
      return removeAll(core, served, namespace, request, query);
    default:
      throw methodNotAllowed();
  }
}

function object(
  { core }: ApiParts,
  target: Target,
  request: ApiRequest,
  query: URLSearchParams,
): Promise<ApiResponse> | ApiResponse {
  switch (request.method) {
    case 'GET':
      return readOne(core, target, query, shapeOf(request.headers['accept']));
    case 'PUT':
      return replace(core, target, undefined, request, query);
    case 'PATCH':
      return patch(core, target, undefined, request, query);
    case 'DELETE':
      return remove(core, target, request, query);
    default:
      throw methodNotAllowed();
  }
}

function discovery({ core }: ApiParts, path: string, request: ApiRequest): ApiResponse {
  const parts = path.split('/').slice(1);
  const root = parts[0] === 'api' ? 'api' : 'apis';
  const wantsAll = /g=apidiscovery\.k8s\.io/.test(request.headers['accept'] ?? '');
  if (parts.length === 1 && wantsAll) {
    const type = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    return text(200, JSON.stringify(aggregated(core.catalogue, root)), type);
  }
  if (parts.length === 1) return json(200, root === 'api' ? coreVersions() : groupList(core.catalogue));
  const name = parts.slice(1).join('/');
  const isGroup = root === 'apis' && parts.length === 2;
  const document = isGroup ? groupDocument(core.catalogue, name) : resourceList(core.catalogue, name);
  if (!document) throw noSuchResource(parts[1] === 'batch' ? NO_JOBS : '');
  return json(200, document);
}

function other(parts: ApiParts, path: string): ApiResponse {
  const { catalogue } = parts.core;
  switch (path) {
    case '/version':
      return json(200, version());
    case '/livez':
    case '/healthz':
      return text(200, 'ok');
    case '/readyz': {
      const missing = parts.notReady();
      return missing === undefined ? text(200, 'ok') : text(500, `${missing}\n`);
    }
    case '/':
      return json(200, {
        paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'],
      });
    case '/openapi/v2':
      return json(200, openapiV2(catalogue));
    case '/openapi/v3':
      return json(200, openapiIndex(catalogue));
    default: {
      const document = path.startsWith('/openapi/v3/')
        ? openapiDocument(catalogue, path.slice('/openapi/v3/'.length))
        : undefined;
      if (!document) throw noSuchResource();
      return json(200, document);
    }
  }
}

function version(): object {
  return {
    major: '1',
    minor: '34',
    gitVersion: GIT_VERSION,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: process.release.name,
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  };
}
