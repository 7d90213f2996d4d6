import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { DEFAULT_LOG_BYTES, logHeaders } from '../../contract/logAnswer.ts';
import type { Routes } from '../../contract/routes.ts';
import type { Run } from '../../core/run/run.ts';
import { BadRequestError } from '../../kube/errors.ts';
import { demand } from '../access/demand.ts';
import { findRun } from '../history/findRun.ts';
import { readStored } from '../history/readStored.ts';
import type { Api, Call, Reply } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';
import { rightOn, runRefOf } from '../runs/read.ts';
import { findLog, type LogTarget, type LogWish } from './logTarget.ts';
import { type LogRange, readLog } from './readLog.ts';
import { waitForLog } from './waitForLog.ts';

type LogsCall = Call<Routes['runLogs']>;

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

/** `GET /runs/{name}/logs`: a part of the log with the cursor behind it, or, followed, all that comes. */
export async function runLogs(api: Api, call: LogsCall): Promise<Reply> {
  const { query, caller } = call;
  const ref = runRefOf(call);
  await demand(api.access, caller, [
    rightOn('get', ref),
    { verb: 'get', group: '', resource: 'pods', subresource: 'log', namespace: query.namespace },
  ]);
  if (query.after !== undefined && (query.tailLines !== undefined || query.sinceSeconds !== undefined)) {
    throw new Refusal(
      'BadRequest',
      'query.after counts from the beginning: leave out tailLines and sinceSeconds',
    );
  }
  const { run } = await findRun(api, ref, call);
  const wish = { stage: query.stage, attempt: query.attempt, container: query.container };
  return query.follow ? followed(api, call, run, wish) : part(api, call, run, wish);
}

async function part(api: Api, call: LogsCall, run: Run, wish: LogWish): Promise<Reply> {
  const target = await findLog(api, run, wish, call.signal);
  if (target.kind === 'notYet') throw new Refusal('LogNotFound', target.why);
  if (target.kind === 'kept') return keptPart(target);
  if (target.kind === 'stored') return storedPart(call, target);
  const body = await podPart(api, call, target).catch((error: unknown) => {
    throw notStarted(error, target);
  });
  return { kind: 'bytes', headers: headersOf(target, cursorAfter(call, body.length)), body };
}

async function podPart(
  api: Api,
  call: LogsCall,
  target: Extract<LogTarget, { kind: 'pod' }>,
): Promise<Buffer> {
  const { namespace, after: from = 0, limitBytes: limit = DEFAULT_LOG_BYTES } = call.query;
  // Whoever reads on part by part would otherwise make the kubelet send all that stands before, each time.
  if (from > 0)
    return Buffer.from(await api.liveLogs.read({ ...target, namespace }, { from, limit }, call.signal));
  const range = rangeOf(call, target.container, limit);
  const chunks: Uint8Array[] = [];
  for await (const chunk of readLog(api.client, { namespace, name: target.pod }, range, call.signal))
    chunks.push(chunk);
  return Buffer.concat(chunks);
}

function keptPart(target: Extract<LogTarget, { kind: 'kept' }>): Reply {
  return { kind: 'bytes', headers: headersOf(target, undefined), body: Buffer.from(target.text) };
}

async function storedPart(call: LogsCall, target: Extract<LogTarget, { kind: 'stored' }>): Promise<Reply> {
  const body = await readStored(target.log, call.query, call.query.limitBytes ?? DEFAULT_LOG_BYTES);
  const after = target.log.kind === 'whole' ? cursorAfter(call, body.length) : undefined;
  return { kind: 'bytes', headers: headersOf(target, after), body };
}

/** Part by part, so that a log of any length passes. */
async function writeStored(
  { query }: LogsCall,
  { log }: Extract<LogTarget, { kind: 'stored' }>,
  response: ServerResponse,
): Promise<void> {
  const end = query.limitBytes === undefined ? log.size : (query.after ?? 0) + query.limitBytes;
  for (let after = query.after ?? 0; after < end && !response.destroyed; ) {
    const limit = Math.min(DEFAULT_LOG_BYTES, end - after);
    const part = await readStored(log, { ...query, after }, limit);
    if (part.length === 0) return;
    await writeChunk(response, part);
    if (query.tailLines !== undefined) return;
    after += part.length;
  }
}

/** A tail or a time has no cursor: nobody knows how many bytes stand before it. */
function cursorAfter({ query }: LogsCall, length: number): number | undefined {
  const isFromStart = query.tailLines === undefined && query.sinceSeconds === undefined;
  return isFromStart ? (query.after ?? 0) + length : undefined;
}

/** What can be refused is refused before the head is out: afterwards the connection can only be cut. */
async function followed(api: Api, call: LogsCall, run: Run, wish: LogWish): Promise<Reply> {
  const found = await findLog(api, run, wish, call.signal);
  const signal = AbortSignal.any([call.signal, api.stopping]);
  const cursor = cursorAfter(call, 0);
  return {
    kind: 'stream',
    headers: { ...TEXT, ...(cursor === undefined ? {} : { [logHeaders.after]: String(cursor) }) },
    async write(response) {
      const target = await waitForLog(api, run, wish, found, signal);
      if (target.kind === 'kept') await writeChunk(response, Buffer.from(target.text));
      else if (target.kind === 'stored') await writeStored(call, target, response);
      else await writeLog(api, call, target, signal, response);
    },
  };
}

async function writeLog(
  api: Api,
  call: LogsCall,
  target: Extract<LogTarget, { kind: 'pod' }>,
  signal: AbortSignal,
  response: ServerResponse,
): Promise<void> {
  const range = { ...rangeOf(call, target.container, call.query.limitBytes), follow: true };
  const ref = { namespace: call.query.namespace, name: target.pod };
  for await (const chunk of readLog(api.client, ref, range, signal)) await writeChunk(response, chunk);
}

/** Sends bytes no faster than they are read at the other end. */
export async function writeChunk(response: ServerResponse, chunk: Uint8Array): Promise<void> {
  if (!response.write(chunk) && !response.destroyed)
    await Promise.race([once(response, 'drain'), once(response, 'close')]);
}

function rangeOf({ query }: LogsCall, container: string, limitBytes: number | undefined): LogRange {
  return {
    container,
    after: query.after ?? 0,
    limitBytes,
    tailLines: query.tailLines,
    sinceSeconds: query.sinceSeconds,
    follow: false,
  };
}

function headersOf(
  target: Exclude<LogTarget, { kind: 'notYet' }>,
  after: number | undefined,
): Record<string, string> {
  const { pod, container, source } = originOf(target);
  return {
    ...TEXT,
    [logHeaders.pod]: pod,
    [logHeaders.source]: source,
    ...(container === undefined ? {} : { [logHeaders.container]: container }),
    ...(after === undefined ? {} : { [logHeaders.after]: String(after) }),
  };
}

function originOf(target: Exclude<LogTarget, { kind: 'notYet' }>) {
  switch (target.kind) {
    case 'pod':
      return { pod: target.pod, container: target.container, source: 'pod' };
    case 'kept':
      return { pod: target.pod, container: undefined, source: 'status' };
    case 'stored': {
      const { pod, container, kind } = target.log;
      return { pod, container, source: kind === 'whole' ? 'logStore' : 'history' };
    }
    default:
      return target satisfies never;
  }
}

/** The kubelet says 400 for a container that has not started. */
function notStarted(error: unknown, target: { readonly pod: string; readonly container: string }): unknown {
  if (!(error instanceof BadRequestError)) return error;
  return new Refusal('LogNotFound', `container ${target.container} of pod ${target.pod} has no log yet`, {
    cause: error,
  });
}
