import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tooLarge, unauthorized } from '../status.ts';
import type { Credentials } from '../tls/credentials.ts';
import type { ApiHandler, ApiRequest, ApiResponse, KubeliteLog } from '../types.ts';
import { MAX_BODY_BYTES } from './body.ts';
import { type Authenticate, bearerToken } from './identity.ts';
import { refusal } from './respond.ts';

/** A listening server. */
export interface ListeningServer {
  readonly port: number;
  /** Ends every connection; resolves when the port is free. */
  close(): Promise<void>;
}

export interface ServerParts {
  readonly handler: ApiHandler;
  readonly credentials: Credentials;
  readonly authenticate: Authenticate;
  readonly log: KubeliteLog;
}

/** Only this machine can connect: pods are processes of this host, and the API runs commands. */
const LOOPBACK = '127.0.0.1';

/** Longer than clients keep an idle connection, so that they don't meet one that is just closing. */
const KEEP_ALIVE_MS = 90_000;

/** Paths that health checks ask without a token. */
const OPEN_PATHS = new Set(['/livez', '/readyz', '/healthz', '/version']);

/** Serves the handler over TLS on loopback; port 0 takes any free one. Rejects when the port is taken. */
export async function listenTls(parts: ServerParts, port: number): Promise<ListeningServer> {
  const { keyPem, certPem, caPem } = parts.credentials;
  const server = createServer({ key: keyPem, cert: certPem + caPem, keepAliveTimeout: KEEP_ALIVE_MS });
  // Watches and followed logs live as long as they want.
  server.requestTimeout = 0;
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    serve(parts, request, response).catch((error: unknown) => {
      parts.log.warn('answering request failed', { path: request.url, error: String(error) });
      response.destroy();
    });
  });
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => closeServer(server) };
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

async function serve(parts: ServerParts, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.on('close', () => gone.abort());
  const answer = await answerTo(parts, incoming, gone.signal);
  outgoing.writeHead(answer.status, answer.headers);
  if (answer.headers['content-length'] === undefined) outgoing.flushHeaders();
  for await (const chunk of answer.body) {
    if (gone.signal.aborted) return;
    if (!outgoing.write(chunk)) await drained(outgoing, gone.signal);
  }
  outgoing.end();
}

async function answerTo(
  parts: ServerParts,
  incoming: IncomingMessage,
  signal: AbortSignal,
): Promise<ApiResponse> {
  const { method = 'GET', url = '/' } = incoming;
  const token = bearerToken(incoming.headers.authorization);
  const known = token !== undefined && parts.authenticate(token) !== undefined;
  if (!known && !OPEN_PATHS.has(url.split('?')[0] ?? '')) return refusal(unauthorized());
  let body: string | undefined;
  try {
    body = await readBody(incoming);
  } catch (error) {
    const answer = refusal(error);
    return { ...answer, headers: { ...answer.headers, connection: 'close' } };
  }
  const headers = headersOf(incoming);
  const request: ApiRequest = { method, path: url, headers, signal, ...(body === undefined ? {} : { body }) };
  return parts.handler(request);
}

/** The body as text; undefined for none. Rejects with 413 as soon as it is too large; what still comes is dropped. */
function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
      else reject(tooLarge(MAX_BODY_BYTES));
    });
    incoming.on('end', () => resolve(bytes === 0 ? undefined : Buffer.concat(chunks).toString('utf8')));
    incoming.on('error', reject);
  });
}

function headersOf(incoming: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

/** Waits until a slow reader took what is buffered, or is gone. */
async function drained(outgoing: ServerResponse, gone: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      outgoing.off('drain', done);
      gone.removeEventListener('abort', done);
      resolve();
    };
    outgoing.on('drain', done);
    gone.addEventListener('abort', done, { once: true });
  });
}
