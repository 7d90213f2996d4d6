import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { ClusterAccess } from '../config/access.ts';

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** CN of the client's certificate, when it gave one that is trusted. */
  readonly certificateName: string | undefined;
}

/** What a server can do to a client. Doing nothing is one of the things: the connection stays half-open. */
export interface Wire {
  json(status: number, body: unknown, headers?: Readonly<Record<string, string>>): void;
  /** Starts a chunked answer. */
  head(status: number, headers?: Readonly<Record<string, string>>): void;
  /** Sends bytes now. */
  write(bytes: string | Uint8Array): void;
  end(): void;
  /** Sends TCP RST at once. */
  reset(): void;
  /** Resolves when the client has gone. */
  readonly gone: Promise<void>;
}

/** An API server of a test, which answers as it is told. */
export interface MisbehavingServer {
  readonly url: string;
  readonly port: number;
  /** All requests so far, in order. */
  readonly requests: readonly SeenRequest[];
  /** Connections accepted so far. */
  connectionCount(): number;
  /** Of them, those that are open. */
  openConnections(): number;
  /** Throws when a behaviour threw. */
  close(): Promise<void>;
}

/** Decides what happens to a request. */
export type Behaviour = (request: SeenRequest, wire: Wire, nth: number) => void | Promise<void>;

/** Text of a certificate or key of the fixtures: `ca.pem`, `server.key`, … */
export function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
}

/** Starts one on a free loopback port; with `tls`, by the certificate of that name, asking for a client certificate. */
export async function startMisbehavingServer(
  behave: Behaviour,
  tls?: 'server' | 'other-server',
): Promise<MisbehavingServer> {
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const failures: unknown[] = [];
  let accepted = 0;
  const listener = async (message: IncomingMessage, response: ServerResponse) => {
    const request = await see(message);
    requests.push(request);
    await behave(request, wireOf(response), requests.length);
  };
  const onRequest = (message: IncomingMessage, response: ServerResponse) => {
    listener(message, response).catch((error: unknown) => {
      failures.push(error);
      response.destroy();
    });
  };
  const server =
    tls === undefined
      ? createServer(onRequest)
      : createTlsServer(
          {
            cert: fixture(`${tls}.pem`),
            key: fixture(`${tls}.key`),
            ca: fixture('ca.pem'),
            requestCert: true,
            rejectUnauthorized: false,
          },
          onRequest,
        );
  server.keepAliveTimeout = 0;
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    requests,
    connectionCount: () => accepted,
    openConnections: () => sockets.size,
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      for (const socket of sockets) socket.destroy();
      await closed;
      if (failures.length > 0) throw new AggregateError(failures, 'a behaviour of the test server failed');
    },
  };
}

/** Access to such a server, without credentials unless they are given. */
export function accessTo(url: string, more: Partial<ClusterAccess> = {}): ClusterAccess {
  return {
    origin: 'context "test"',
    server: url,
    namespace: 'default',
    ca: undefined,
    tlsServerName: undefined,
    insecureSkipTlsVerify: false,
    clientCertificate: undefined,
    proxyUrl: undefined,
    login: { kind: 'none' },
    impersonation: undefined,
    ...more,
  };
}

async function see(message: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return {
    method: message.method ?? '',
    path: message.url ?? '',
    headers: message.headers,
    body: Buffer.concat(chunks).toString('utf8'),
    certificateName: certificateName(message.socket),
  };
}

function certificateName(socket: Socket): string | undefined {
  if (!('getPeerCertificate' in socket)) return undefined;
  const tlsSocket = socket as TLSSocket;
  const shown: Partial<PeerCertificate> = tlsSocket.getPeerCertificate();
  const name = tlsSocket.authorized ? shown.subject?.CN : undefined;
  return Array.isArray(name) ? name[0] : name;
}

function wireOf(response: ServerResponse): Wire {
  return {
    json(status, body, headers = {}) {
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(body));
    },
    head(status, headers = {}) {
      response.writeHead(status, headers).flushHeaders();
    },
    write(bytes) {
      response.write(bytes);
    },
    end() {
      response.end();
    },
    reset() {
      response.socket?.resetAndDestroy();
    },
    gone: new Promise((resolve) => {
      response.on('close', resolve);
    }),
  };
}
