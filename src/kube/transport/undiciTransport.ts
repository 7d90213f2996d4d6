import type { Dispatcher } from 'undici';
import type { Clock } from '../../ports/clock.ts';
import type { ClusterAccess } from '../config/access.ts';
import type { Credential } from '../config/credentials.ts';
import { credentials, pemSource } from '../config/credentials.ts';
import type { ReadFile, RunCommand } from '../config/machine.ts';
import { readTextFile, runProgram } from '../config/machine.ts';
import { KubeconfigError, KubeError } from '../errors.ts';
import type { Lane } from '../types.ts';
import { connectionMessage, isTrustError } from './connectionError.ts';
import type { Connections, SendProgress } from './connections.ts';
import { connections } from './connections.ts';
import { environmentProxy } from './environmentProxy.ts';
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';
import { TransportError } from './transport.ts';
import { untilAborted } from './untilAborted.ts';

/** What the transport takes from outside; files and programs are the machine's own unless given. */
export interface UndiciTransportParts {
  readonly clock: Clock;
  readonly readFile?: ReadFile;
  readonly runCommand?: RunCommand;
  /** Environment of exec plugins; says which proxy to take where the kubeconfig names none. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A way into the cluster for protocols other than request and response. */
export interface ClusterConnection {
  /** URL of the server, with its path prefix. */
  readonly server: string;
  readonly headers: Credential['headers'];
  readonly dispatcher: Dispatcher;
}

/** The transport over real sockets. */
export interface UndiciTransport extends Transport {
  /** For WebSockets: the connections of streams, and the credential of now. */
  connection(): Promise<ClusterConnection>;
}

/**
 * Requests over kept-alive HTTP/1.1 connections to one cluster. Follows certificates and tokens that are replaced in
 * their files, asks an exec plugin again when its credential expired, and after a 401 tries once with a fresh one.
 */
export function undiciTransport(access: ClusterAccess, parts: UndiciTransportParts): UndiciTransport {
  const readFile = parts.readFile ?? readTextFile;
  const { clock, runCommand = runProgram, env = process.env } = parts;
  const login = credentials({ access, clock, readFile, runCommand, env });
  const trust = access.ca && pemSource(access.ca, readFile, clock);
  const { origin, pathname } = new URL(access.server);
  const prefix = pathname === '/' ? '' : pathname;
  const open = openConnections({
    ...access,
    proxyUrl: access.proxyUrl ?? environmentProxy(access.server, env),
  });

  async function send(request: TransportRequest): Promise<TransportResponse> {
    const credential = await untilAborted(login.current(), request.signal, () => false);
    const response = await sendTrusted(request, credential);
    if (response.statusCode !== 401) return toResponse(response);
    const fresh = await untilAborted(login.refresh(credential), request.signal, () => false).catch(
      (error: unknown) => {
        response.body.on('error', () => {}).destroy();
        throw error;
      },
    );
    if (fresh === undefined) return toResponse(response);
    await response.body.dump().catch(() => {});
    return toResponse(await sendTrusted(request, fresh));
  }

  /** A certificate authority that was replaced is seen at the first failure. */
  async function sendTrusted(request: TransportRequest, credential: Credential): Promise<Answer> {
    try {
      return await sendOnce(request, credential);
    } catch (error) {
      if (!(error instanceof TransportError) || !isTrustError(error.cause) || trust === undefined)
        throw error;
      const before = await trust.current();
      trust.expire();
      if ((await trust.current()) === before) throw error;
      return sendOnce(request, credential);
    }
  }

  async function sendOnce(request: TransportRequest, credential: Credential): Promise<Answer> {
    const dispatcher = (await connectionsFor(credential)).of(request.lane);
    const progress: SendProgress = { sent: false };
    try {
      const response = dispatcher.request({
        origin,
        path: prefix + request.path,
        method: request.method,
        headers: { ...request.headers, ...credential.headers },
        body: request.body ?? null,
        signal: request.signal ?? null,
        opaque: progress,
      });
      return await untilAborted(response, request.signal, () => progress.sent);
    } catch (cause) {
      if (cause instanceof KubeError || cause instanceof TransportError) throw cause;
      throw new TransportError(connectionMessage(cause, access.server, access.origin), {
        ...progress,
        cause,
      });
    }
  }

  async function connectionsFor(credential: Credential): Promise<Connections> {
    const ca = await trust?.current().catch((cause: unknown) => {
      throw new KubeconfigError(
        `reading the certificate-authority of ${access.origin}: ${String(cause)}`,
        cause,
      );
    });
    return open.by(ca, credential);
  }

  return {
    send,
    close: () => open.close(),
    async connection() {
      const credential = await login.current();
      const lane: Lane = 'watch';
      const dispatcher = (await connectionsFor(credential)).of(lane);
      return { server: access.server, headers: credential.headers, dispatcher };
    },
  };
}

type Answer = Dispatcher.ResponseData<SendProgress>;

/** The connections of now; they are replaced when certificates are. */
function openConnections(access: ClusterAccess) {
  let current: Connections | undefined;
  let madeOf: readonly (string | undefined)[] = [];
  let closed = false;

  return {
    by(ca: string | undefined, credential: Credential): Connections {
      if (closed) throw new TransportError('the transport is closed', { sent: false });
      const { certificate, key } = credential.certificate ?? {};
      const parts = [ca, certificate, key];
      if (current !== undefined && parts.every((part, at) => part === madeOf[at])) return current;
      const next = connections(access, ca, credential);
      current?.retire();
      current = next;
      madeOf = parts;
      return next;
    },
    async close(): Promise<void> {
      closed = true;
      await current?.destroy();
    },
  };
}

function toResponse(response: Answer): TransportResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return { status: response.statusCode, headers, body: response.body };
}
