import type { SecureContext } from 'node:tls';
import { createSecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import { Agent, ProxyAgent } from 'undici';
import type { ClusterAccess } from '../config/access.ts';
import type { Credential } from '../config/credentials.ts';
import { KubeconfigError } from '../errors.ts';
import type { Lane } from '../types.ts';

/** Lanes that share connections. A lease is renewed over a connection that nothing else can hold up. */
type LaneGroup = 'lease' | 'work' | 'streams';

const GROUPS: Readonly<Record<Lane, LaneGroup>> = {
  lease: 'lease',
  status: 'work',
  create: 'work',
  delete: 'work',
  read: 'work',
  watch: 'streams',
};

/** Connections at most: the sum of the work lanes' budgets (client/laneBudgets.ts); streams hold one each. */
const CONNECTIONS: Readonly<Record<LaneGroup, number | null>> = { lease: 2, work: 56, streams: null };

/** The API server drops idle connections after 90 s, balancers after 60: we drop them first, so that none is used while it dies. */
const KEEP_ALIVE_MS = 30_000;
/**
 * A connection that is silent for so long is probed by TCP: 10 probes a second apart (Node's), then it breaks. So a followed
 * log, which may rightly be silent for ever, ends about 40 s after a peer vanished without a word.
 */
const PROBE_AFTER_MS = 30_000;
/** A TCP and TLS handshake over a slow link. */
const CONNECT_TIMEOUT_MS = 10_000;

/** The `opaque` of a request: whether it was written to a connection. */
export interface SendProgress {
  sent: boolean;
}

/** Kept-alive connections to one cluster, all made with the same certificates. */
export interface Connections {
  /** Give requests a `SendProgress` as `opaque` to learn what became of them. */
  of(lane: Lane): Dispatcher;
  /** Lets what is in flight end, and nothing new begin. */
  retire(): void;
  /** Ends everything now. */
  destroy(): Promise<void>;
}

/** Connections by the certificate authority `ca` and the credential's certificate. Throws KubeconfigError for a bad PEM. */
export function connections(
  access: ClusterAccess,
  ca: string | undefined,
  credential: Credential,
): Connections {
  const tls = {
    secureContext: secureContext(access, ca, credential),
    rejectUnauthorized: !access.insecureSkipTlsVerify,
    ...(access.tlsServerName === undefined ? {} : { servername: access.tlsServerName }),
  };
  const byGroup: Record<LaneGroup, Dispatcher> = {
    lease: agent(access, tls, CONNECTIONS.lease),
    work: agent(access, tls, CONNECTIONS.work),
    streams: agent(access, tls, CONNECTIONS.streams),
  };
  const marked = {
    lease: markSent(byGroup.lease),
    work: markSent(byGroup.work),
    streams: markSent(byGroup.streams),
  };
  return {
    of: (lane) => marked[GROUPS[lane]],
    retire() {
      for (const each of Object.values(byGroup)) each.close().catch(() => {});
    },
    async destroy() {
      await Promise.all(Object.values(byGroup).map((each) => each.destroy()));
    },
  };
}

/** Notes in a request's `opaque` that it is about to be written: before that it certainly reached nobody. */
function markSent(dispatcher: Dispatcher): Dispatcher {
  return dispatcher.compose((dispatch) => (options, handler) => {
    const progress = (options as Dispatcher.RequestOptions<SendProgress>).opaque;
    const start = handler.onRequestStart?.bind(handler);
    handler.onRequestStart = (controller, context) => {
      start?.(controller, context);
      if (progress && !controller.aborted) progress.sent = true;
    };
    return dispatch(options, handler);
  });
}

interface TlsOptions {
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: boolean;
  readonly servername?: string;
}

function agent(access: ClusterAccess, tls: TlsOptions, limit: number | null): Dispatcher {
  const options = {
    connections: limit,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Time limits are the client's work, by its own clock.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const connect = { ...tls, timeout: CONNECT_TIMEOUT_MS, keepAliveInitialDelay: PROBE_AFTER_MS };
  if (access.proxyUrl === undefined) return new Agent({ ...options, connect });
  return new ProxyAgent({ ...options, uri: access.proxyUrl, requestTls: connect });
}

function secureContext(access: ClusterAccess, ca: string | undefined, credential: Credential): SecureContext {
  const pair = credential.certificate;
  try {
    return createSecureContext({
      minVersion: 'TLSv1.2',
      ...(ca === undefined ? {} : { ca }),
      ...(pair === undefined ? {} : { cert: pair.certificate, key: pair.key }),
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new KubeconfigError(
      `reading certificates of ${access.origin}: certificate-authority, client-certificate and client-key are no valid set (${why}): replace them`,
      cause,
    );
  }
}
