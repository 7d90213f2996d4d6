import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that the stand-in was sent. */
export interface SeenRequest {
  readonly method: string;
  /** Below `/api/v1`, decoded. */
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** What it answers in place of what it would. */
export interface GivenAnswer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Status of one run of a pipeline, as the server keeps it. */
export interface KeptStatus {
  readonly runId: string;
  readonly pipelineState?: string;
  readonly startDate?: number;
  readonly endDate?: number;
  readonly status?: readonly {
    readonly name: string;
    readonly failures?: readonly {
      readonly name: string;
      readonly error: string;
      readonly stackTrace: string;
    }[];
  }[];
}

/** The two endpoints of OpenMetadata's server that keep statuses of runs, and its version, on loopback. */
export interface OpenMetadata {
  /** Of the API: what `hostPort` names. */
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  /** Statuses by run ID. */
  readonly statuses: Map<string, KeptStatus>;
  /** Pipelines that it knows, by fully qualified name. */
  readonly pipelines: Map<string, object>;
  /** Undefined: it answers as it is. */
  answer: (request: SeenRequest) => GivenAnswer | undefined;
  close(): Promise<void>;
}

/** The token that it takes. */
export const BOT_TOKEN = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJpbmdlc3Rpb24tYm90In0.c2lnbmF0dXJl';

/** Starts one that says it is of a version. */
export async function startOpenMetadata(version = '1.0.0'): Promise<OpenMetadata> {
  const seen: SeenRequest[] = [];
  const standIn: OpenMetadata = {
    url: '',
    seen,
    statuses: new Map(),
    pipelines: new Map(),
    answer: () => undefined,
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
  const server = createServer((request, response) => {
    void handle(request, response);
  });
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await readRequest(request);
    seen.push(asked);
    const { status, body = '', headers = {} } = standIn.answer(asked) ?? answerOf(standIn, version, asked);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(standIn, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api` });
}

async function readRequest(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  const text = Buffer.concat(chunks).toString();
  const { pathname } = new URL(request.url ?? '', 'http://localhost');
  return {
    method: request.method ?? '',
    path: decodeURIComponent(pathname).replace(/^\/api\/v1/, ''),
    authorization: request.headers.authorization,
    body: bodyOf(text),
  };
}

/** The client of OpenMetadata sends some things as a form. */
function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function answerOf({ statuses, pipelines }: OpenMetadata, version: string, request: SeenRequest): GivenAnswer {
  if (request.path === '/system/version') return json({ version, revision: 'x', timestamp: 0 });
  if (request.authorization !== `Bearer ${BOT_TOKEN}`) return { status: 401, body: '{"code":401}' };
  const [, runId] =
    /^\/services\/ingestionPipelines\/.+\/pipelineStatus(?:\/([^/]+))?$/.exec(request.path) ?? [];
  if (request.method === 'PUT' && request.path.endsWith('/pipelineStatus')) {
    const status = request.body as KeptStatus;
    statuses.set(status.runId, status);
    return json(status);
  }
  const pipeline = pipelines.get(request.path.replace('/services/ingestionPipelines/name/', ''));
  if (pipeline !== undefined) return json(pipeline);
  if (runId === undefined) return { status: 404, body: '{"code":404,"message":"not found"}' };
  const known = statuses.get(runId);
  return known === undefined ? { status: 204 } : json(known);
}

function json(body: unknown): GivenAnswer {
  return { status: 200, body: JSON.stringify(body) };
}
