import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { PROBLEM_TYPE } from '../../contract/problem.ts';
import type { Route } from '../../contract/route.ts';
import { pipelineRoutes } from '../../contract/routes/pipelines.ts';
import { type RouteName, routes } from '../../contract/routes.ts';
import { MAX_FQN } from '../../core/pipeline/entity.ts';
import { CONFIG_LIMIT } from '../../core/pipeline/objects/configuration.ts';
import { identify } from '../access/demand.ts';
import { serveDialect } from '../airflow/serveDialect.ts';
import type { Api, Call, Handler, Handlers, Reply } from './api.ts';
import type { HttpMetrics } from './metrics.ts';
import { readCall } from './readCall.ts';
import { Refusal } from './refusal.ts';
import { refusalOf } from './refusalOf.ts';

/** Largest body: etcd takes objects up to 1.5 MiB, and a Run that large is a mistake. */
const MAX_BODY_BYTES = 1024 * 1024;
/** A caller that sends its request slower than this holds a connection for nothing. */
const REQUEST_TIMEOUT_MS = 30_000;

/** The longest name in a path is that of a pipeline; each of its characters may be written with nine. */
const MAX_PARAM_LENGTH = 9 * MAX_FQN;
/** Of a request's path and headers: what Node takes by itself, and such a name. */
const MAX_HEADER_BYTES = 16 * 1024 + MAX_PARAM_LENGTH;

const anyone = { username: '', groups: [] };

/** The HTTP application: every route of the contract with its handler, problems for everything that fails. */
export function createApp(api: Api, handlers: Handlers, metrics: HttpMetrics): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // Streams end by their own `shutdown` event; idle connections need not be waited for.
    forceCloseConnections: 'idle',
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  );
  app.setErrorHandler((error, request, reply) => sendProblem(api, error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    void sendProblem(api, unknownPath(request), request, reply);
  });
  app.addHook('onResponse', async (request, reply) => {
    metrics.answered(
      request.routeOptions.config.name ?? 'unknown',
      request.method,
      reply.statusCode,
      reply.elapsedTime,
    );
  });
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    app.route({
      method: route.method,
      url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      config: { name },
      handler: async (request, reply) => {
        const answered = await answer(api, route, handlers[name], request, reply);
        if (answered.kind === 'stream') await sendStream(api, reply, answered, metrics.streamOpened(name));
        else await sendWhole(reply, answered);
      },
    });
  }
  serveDialect(app, api);
  return app;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route's name in the contract. */
    readonly name?: string;
  }
}

async function answer(
  api: Api,
  route: Route,
  handler: Handler<Route>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Reply> {
  if (api.stopping.aborted)
    throw new Refusal('ShuttingDown', 'the server is stopping; try again in a moment');
  const caller = route.rights === 'none' ? anyone : await identify(api.access, request.headers.authorization);
  const rawBody = typeof request.body === 'string' ? request.body : '';
  const parts = readCall(route, {
    params: request.params,
    query: request.query,
    headers: request.headers,
    body: rawBody,
  });
  return handler(api, { ...parts, rawBody, caller, signal: goneSignal(reply) } as Call<Route>);
}

/** Aborted when the connection closes before the answer is through. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new Error('the caller has gone away'));
  });
  return gone.signal;
}

async function sendWhole(reply: FastifyReply, answered: Exclude<Reply, { kind: 'stream' }>): Promise<void> {
  reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
  if (answered.kind === 'bytes') {
    await reply.code(200).headers(answered.headers).send(answered.body);
    return;
  }
  await reply
    .code(answered.status)
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify(answered.body));
}

/** The head is out before the first byte is there; what fails afterwards can only cut the connection. */
async function sendStream(
  api: Api,
  reply: FastifyReply,
  { headers, write }: Extract<Reply, { kind: 'stream' }>,
  closed: () => void,
): Promise<void> {
  reply.hijack();
  reply.raw.writeHead(200, { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers });
  reply.raw.flushHeaders();
  try {
    await write(reply.raw);
    reply.raw.end();
  } catch (error) {
    if (!reply.raw.destroyed) api.log.warn('a stream broke', { err: error });
    reply.raw.destroy();
  } finally {
    closed();
  }
}

function unknownPath(request: FastifyRequest): Refusal {
  const path = request.url.split('?')[0] ?? '';
  const others = Object.values(routes).filter((route) => matches(route.path, path));
  if (others.length === 0) {
    return new Refusal('NotFound', `there is no path ${path}; the paths stand in ${routes.openapi.path}`);
  }
  const allowed = others.map((route) => route.method).join(', ');
  return new Refusal('MethodNotAllowed', `${path} does not take ${request.method}; allowed: ${allowed}`);
}

function matches(template: string, path: string): boolean {
  const pattern = template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${pattern}$`).test(path);
}

async function sendProblem(
  api: Api,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const refusal = refusalOf(error) ?? refusalOfHttp(error, request) ?? fault(api, error, request);
  if (refusal.problem.status >= 500) {
    api.log.warn('request failed', {
      method: request.method,
      path: request.url.split('?')[0],
      code: refusal.problem.code,
      detail: refusal.problem.detail,
    });
  }
  if (refusal.problem.status === 401) reply.header('www-authenticate', 'Bearer');
  if (refusal.retryAfterSeconds !== undefined) reply.header('retry-after', String(refusal.retryAfterSeconds));
  await reply
    .code(refusal.problem.status)
    .header('content-type', PROBLEM_TYPE)
    .header('cache-control', 'no-store')
    .send(JSON.stringify(refusal.problem));
}

/** What the HTTP layer itself refuses. */
function refusalOfHttp(error: unknown, request: FastifyRequest): Refusal | undefined {
  const { statusCode, code, message } = error as { statusCode?: number; code?: string; message?: string };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const isPipeline = (request.routeOptions.config.name ?? '') in pipelineRoutes;
    const why = `the body is larger than ${MAX_BODY_BYTES} bytes`;
    return new Refusal('PayloadTooLarge', isPipeline ? `${why}; ${CONFIG_LIMIT}` : why);
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new Refusal('UnsupportedMediaType', 'the body must be JSON: send Content-Type: application/json');
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new Refusal('BadRequest', message ?? 'the request cannot be read');
  }
  return undefined;
}

function fault(api: Api, error: unknown, request: FastifyRequest): Refusal {
  api.log.error('a handler failed', { path: request.url.split('?')[0], err: error });
  return new Refusal('Internal', 'Endwell failed on this request; the server’s log says how', {
    cause: error,
  });
}
