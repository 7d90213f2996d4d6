import type { IncomingMessage } from 'node:http';
import { Agent, get, request } from 'node:https';
import { BenchError } from './benchError.ts';

/** Few enough that the client is not the load, enough that it never waits for itself. */
const CONNECTIONS = 32;

/** What the bench reads of any object. */
export interface Stored {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly name: string }[];
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** One change, as a watch tells it. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: Stored;
}

/**
 * An API client that shares no code with the product: what it sees is what anybody would see.
 */
export interface ApiClient {
  /** The answer's object; throws on any other status than 2xx. */
  call<T = unknown>(method: string, path: string, body?: object): Promise<T>;
  /** The answer as text. */
  text(path: string): Promise<string>;
  /** Tells every change after now; resolves once the watch is open, with what ends it. */
  watch(path: string, onChange: (change: Change) => void): Promise<() => void>;
}

/** Where the API server is, and as whom to speak to it. */
export interface Access {
  readonly port: number;
  readonly token: string;
  readonly ca: Buffer;
}

/** A client of the API server on loopback. */
export function apiClient({ port, token, ca }: Access): ApiClient {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const place = { host: '127.0.0.1', port, ca };
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const send = (method: string, path: string, body?: object) =>
    new Promise<string>((resolve, reject) => {
      const sent = request({ ...place, headers, agent, method, path }, (answer) => {
        readAll(answer).then((text) => {
          if ((answer.statusCode ?? 0) < 300) resolve(text);
          else reject(new BenchError(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 300)}`));
        }, reject);
      });
      sent.on('error', reject);
      sent.end(body && JSON.stringify(body));
    });
  const call = async <T>(method: string, path: string, body?: object) =>
    JSON.parse((await send(method, path, body)) || 'null') as T;
  return {
    call,
    text: (path) => send('GET', path),
    async watch(path, onChange) {
      const { metadata } = await call<Stored>('GET', `${path}?limit=1`);
      const open = (version: string, onAnswer: (answer: IncomingMessage) => void) =>
        get(
          { ...place, headers, agent: false, path: `${path}?watch=1&resourceVersion=${version}` },
          onAnswer,
        );
      return follow(path, metadata.resourceVersion, open, onChange);
    },
  };
}

async function readAll(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

type Open = (version: string, onAnswer: (answer: IncomingMessage) => void) => ReturnType<typeof get>;

/** The server ends the watch of a client that reads too slowly: it is opened again where it ended. */
async function follow(path: string, from: string, open: Open, onChange: (change: Change) => void) {
  let version = from;
  let isStopped = false;
  let current: ReturnType<Open> | undefined;
  const reopen = (): Promise<void> =>
    new Promise((resolve, reject) => {
      current = open(version, (answer) => {
        if (answer.statusCode !== 200) {
          reject(new BenchError(`watching ${path}: ${answer.statusCode}`));
          return;
        }
        eachLine(answer, (line) => {
          const change = JSON.parse(line) as Change;
          if (change.type === 'ERROR') throw new BenchError(`watching ${path}: ${line}`);
          version = change.object.metadata.resourceVersion;
          onChange(change);
        });
        resolve();
      });
      current.on('error', (error: NodeJS.ErrnoException) => {
        if (!isStopped && error.code !== 'ECONNRESET') reject(error);
      });
      // Also after a connection that was cut before it was answered.
      current.on('close', () => {
        if (isStopped) return;
        console.error(`bench:peers: the API server ended the watch of ${path}; it goes on where it ended`);
        reopen().then(resolve, reject);
      });
    });
  await reopen();
  return () => {
    isStopped = true;
    current?.destroy();
  };
}

function eachLine(answer: IncomingMessage, onLine: (line: string) => void): void {
  let rest = '';
  answer.setEncoding('utf8');
  answer.on('data', (part: string) => {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}
