import type { ClientRequest, IncomingMessage } from 'node:http';
import { onAbort } from './onAbort.ts';

/** A request to an HTTP server. */
export interface HttpRequest {
  readonly method: string;
  /** With `http:` or `https:`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends request and answer; whoever waits for them gets its reason. */
  readonly signal?: AbortSignal;
  /** How long the server may say nothing; 0: as long as it likes, while its machine is there. Default 300,000. */
  readonly silenceMs?: number;
  /** For `https:`. Default: the authorities that Node knows. */
  readonly trust?: TlsTrust;
}

/** Whom to believe in place of the authorities that Node knows: one other (PEM), or anybody. */
export type TlsTrust = { readonly ca: string } | { readonly rejectUnauthorized: false };

/** What a server answered, whatever its status. A redirect is an answer as any other. */
export interface HttpAnswer {
  readonly status: number;
  /** A header by its name in lower case. */
  header(name: string): string | undefined;
  /** The body as UTF-8. Rejects when the connection breaks before all of it came. */
  text(): Promise<string>;
  /** The body as it comes, to be read once. Throws when the connection breaks before all of it came. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Sends one request. Rejects when no answer came, with the system's own words: "connect ECONNREFUSED 127.0.0.1:7600". */
export type SendRequest = (request: HttpRequest) => Promise<HttpAnswer>;

/** Hosts that are there accept within milliseconds; the system itself would try for minutes. */
const CONNECT_MS = 10_000;
/** No answer of the API takes a tenth of it, and its event streams say every few seconds that they are there. */
const SILENCE_MS = 300_000;
/** After so much silence the system asks the other machine whether it is still there. */
const PROBE_AFTER_MS = 30_000;

/**
 * Node's own client. The platform's `fetch` would do, but it is compiled anew in each process, which costs more than all
 * else that a call of the command line does.
 */
export const sendRequest: SendRequest = async (request) => {
  const url = new URL(request.url);
  const { request: open } = clientFor(url);
  const { method, headers, body, signal, trust } = request;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const sent = open(url, { method, headers, timeout: CONNECT_MS, ...trust });
    let answer: IncomingMessage | undefined;
    // The one of the two that somebody waits for is told why.
    const end = (why: Error) => void (answer ?? sent).destroy(why);
    limitSilence(sent, url.host, request.silenceMs ?? SILENCE_MS, end);
    sent.on(
      'close',
      onAbort(signal, () => end(signal?.reason as Error)),
    );
    sent.on('error', reject);
    sent.on('response', (message) => resolve(answerOf((answer = message))));
    sent.end(body);
  });
};

/** Not by an import: that asks a module for all that it exports, and Node 24 loads its fetch to give it. */
function clientFor({ protocol }: URL) {
  if (protocol === 'https:') return process.getBuiltinModule('node:https');
  return process.getBuiltinModule('node:http');
}

/** `sendRequest`, whose requests end with a signal of the process too. */
export function sendUntil(end: AbortSignal): SendRequest {
  return ({ signal = end, ...request }) =>
    sendRequest({ ...request, signal: signal === end ? end : AbortSignal.any([end, signal]) });
}

function limitSilence(sent: ClientRequest, host: string, silenceMs: number, end: (why: Error) => void): void {
  const connected = () => void sent.setTimeout(silenceMs);
  sent.on('socket', (socket) => {
    socket.setKeepAlive(true, PROBE_AFTER_MS);
    if (socket.connecting) socket.once('connect', connected);
    else connected();
  });
  sent.on('timeout', () => {
    const why = sent.socket?.connecting
      ? `${host} has not taken the connection within ${CONNECT_MS / 1000} s`
      : `${host} has said nothing for ${silenceMs / 1000} s`;
    end(new Error(why));
  });
}

function answerOf(message: IncomingMessage): HttpAnswer {
  const bytes = readWhole(message);
  return {
    status: message.statusCode ?? 0,
    header: (name) => [message.headers[name] ?? []].flat()[0],
    bytes,
    async text() {
      const chunks: Uint8Array[] = [];
      for await (const chunk of bytes) chunks.push(chunk);
      return Buffer.concat(chunks).toString('utf8');
    },
  };
}

async function* readWhole(message: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of message) yield chunk as Uint8Array;
  } catch (cause) {
    // Node says no more than "aborted".
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ECONNRESET' && code !== 'ERR_STREAM_PREMATURE_CLOSE') throw cause;
    throw new Error('the connection broke before the whole answer had come', { cause });
  }
}
