import { once } from 'node:events';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Agent, createServer, request as send } from 'node:https';
import type { Socket } from 'node:net';
import { fixture } from '../../src/kube/testing/misbehavingServer.ts';

/**
 * What a proxy does to who is behind it.
 * `pass`: nothing; `cut`: ends every connection and takes none; `stall`: takes everything and lets nothing through, with the
 * connections open, until it is over; `refuse`: answers most requests with 429.
 */
export type Mode = 'pass' | 'cut' | 'stall' | 'refuse';

/** A TLS proxy in front of the API server, for one operator. */
export interface Proxy {
  readonly url: string;
  mode(mode: Mode): void;
  /** Ends every watch in the middle. Returns how many. */
  cutWatches(): number;
  /** How many requests wait for the end of a stall. */
  held(): number;
  /** How many requests it has refused or cut. */
  strikes(): number;
  close(): Promise<void>;
}

/** Of 5 requests 3 are refused. */
const REFUSED = 3;
const OF = 5;

/** Key and certificate of the loopback, and the authority that signed it, in PEM: test data that opens nothing. */
export interface Certificate {
  readonly key: string;
  readonly certificate: string;
  readonly authority: string;
}

/** The one that the tests of the transport have. */
export function loopbackCertificate(): Certificate {
  return { key: fixture('server.key'), certificate: fixture('server.pem'), authority: fixture('ca.pem') };
}

/** Starts one on a free port. `target` is the API server's origin, `ca` the certificate that signed its own. */
export async function startProxy(target: string, ca: string, pair: Certificate): Promise<Proxy> {
  const agent = new Agent({ ca, keepAlive: true });
  const sockets = new Set<Socket>();
  const watches = new Set<ServerResponse>();
  const open = new Map<IncomingMessage, ServerResponse>();
  /** What is sent on once a stall is over: late writes too. */
  const held: (() => void)[] = [];
  let mode: Mode = 'pass';
  let strikes = 0;
  let count = 0;

  const server = createServer({ key: pair.key, cert: pair.certificate }, (request, response) => {
    count += 1;
    if (mode === 'refuse' && count % OF < REFUSED) {
      strikes += 1;
      refuse(request, response);
      return;
    }
    void bodyOf(request).then((body) => {
      const go = () => forward(request, body, response);
      if (mode === 'stall') held.push(go);
      else go();
    });
  });
  server.on('secureConnection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    if (mode === 'cut') socket.destroy();
  });
  server.on('tlsClientError', () => {});

  function forward({ method, url: path, headers }: IncomingMessage, body: Buffer, response: ServerResponse) {
    const there = send(`${target}${path}`, { method, headers: hostless(headers), agent }, (answer) => {
      open.set(answer, response);
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      if (/[?&]watch=(true|1)/.test(path ?? '')) watches.add(response);
      if (mode !== 'stall') answer.pipe(response);
      answer.on('error', () => response.destroy()).on('aborted', () => response.destroy());
      answer.on('close', () => open.delete(answer));
    });
    there.on('error', () => response.destroy());
    response.on('close', () => {
      watches.delete(response);
      there.destroy();
    });
    there.end(body);
  }

  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('starting the proxy: no port');
  return {
    url: `https://127.0.0.1:${address.port}`,
    mode(next) {
      const before = mode;
      mode = next;
      if (next !== 'pass') strikes += sockets.size;
      if (next === 'cut') for (const socket of sockets) socket.destroy();
      if (next === 'stall') for (const [answer, response] of open) answer.unpipe(response).pause();
      if (before !== 'stall' || next === 'stall') return;
      for (const [answer, response] of open) answer.pipe(response);
      for (const go of held.splice(0)) go();
    },
    cutWatches() {
      const cut = [...watches];
      for (const response of cut) response.destroy();
      strikes += cut.length;
      return cut.length;
    },
    held: () => held.length,
    strikes: () => strikes,
    async close() {
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Whole, as far as it came: who gave up while its request was held has sent it all the same. */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    // It was cut off in the middle.
  }
  return Buffer.concat(chunks);
}

function hostless(headers: IncomingMessage['headers']): OutgoingHttpHeaders {
  const { host: _host, ...rest } = headers;
  return rest;
}

/** As an API server with priority and fairness refuses. */
function refuse(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    reason: 'TooManyRequests',
    code: 429,
  };
  response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '1' });
  response.end(JSON.stringify({ ...status, message: 'too many requests, please try again later' }));
}
