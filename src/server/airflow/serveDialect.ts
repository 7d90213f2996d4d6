import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Api } from '../http/api.ts';
import { refusalOf } from '../http/refusalOf.ts';
import { DIALECT_ROOTS, type DialectRoute, dialectRoutes } from './dialect.ts';
import { DialectError } from './dialectError.ts';
import { identifyBasic } from './identifyBasic.ts';

const ANYBODY = { username: '', groups: [] };

/**
 * Serves the REST dialect of OpenMetadata's plugin for Airflow, so that an OpenMetadata server that is set to Airflow uses
 * Endwell by its address. Bodies, statuses and errors are the plugin's.
 */
export function serveDialect(app: FastifyInstance, api: Api): void {
  for (const root of DIALECT_ROOTS) {
    for (const route of dialectRoutes) {
      app.route({
        method: route.method,
        url: `${root}/${route.name}`,
        config: { name: `airflow ${route.name}` },
        handler: (request, reply) => answer(api, route, request, reply),
      });
    }
  }
}

async function answer(
  api: Api,
  route: DialectRoute,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort(new Error('the caller has gone away')));
  try {
    const { authorization } = request.headers;
    const caller = route.isOpen === true ? ANYBODY : await identifyBasic(api.access, authorization);
    const rawBody = typeof request.body === 'string' ? request.body : '';
    const query = request.query as Record<string, string | undefined>;
    const call = { query, body: bodyOf(rawBody), rawBody, caller, signal: gone.signal };
    await send(reply, 200, await route.answer(api, call));
  } catch (error) {
    const { status, message } = errorOf(api, error);
    if (status === 401) reply.header('www-authenticate', 'Basic realm="endwell"');
    await send(reply, status, { error: message });
  }
}

function bodyOf(text: string): Readonly<Record<string, unknown>> {
  if (text.trim() === '') return {};
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return body as Record<string, unknown>;
  } catch (cause) {
    throw new DialectError(400, `the body is not JSON: ${(cause as Error).message}`, { cause });
  }
  throw new DialectError(400, 'the body must be a JSON object');
}

/** The plugin knows no 422: what is wrong in an entity is a bad request. */
function errorOf(api: Api, error: unknown): { readonly status: number; readonly message: string } {
  if (error instanceof DialectError) return error;
  const refusal = refusalOf(error);
  if (refusal === undefined) {
    api.log.error('a handler failed', { err: error });
    return { status: 500, message: 'An unexpected problem occurred; the server’s log says which' };
  }
  const { status, detail } = refusal.problem;
  return { status: status === 422 ? 400 : status, message: detail };
}

async function send(reply: FastifyReply, status: number, body: object): Promise<void> {
  await reply
    .code(status)
    .header('content-type', 'application/json')
    .header('cache-control', 'no-store')
    .send(JSON.stringify(body));
}
