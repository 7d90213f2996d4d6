import type { Clock, Random } from '../../ports/clock.ts';
import { sleep } from '../../ports/clock.ts';
import type { HttpAnswer, SendRequest, TlsTrust } from '../../ports/sendRequest.ts';
import { type PipelineStatus, pipelineStatusSchema } from './pipelineStatus.ts';

/** Where statuses of runs are kept. */
export interface StatusApi {
  /** Undefined: the server knows no such run. Rejects with StatusApiError. */
  read(pipeline: string, runId: string): Promise<PipelineStatus | undefined>;
  /** Stores a status in place of the one of the same run. Rejects with StatusApiError. */
  write(pipeline: string, status: PipelineStatus): Promise<void>;
}

/** The server refused, or did not answer in time; trying again brings nothing. */
export class StatusApiError extends Error {
  override readonly name = 'StatusApiError';
}

/** What the client needs. */
export interface StatusApiParts {
  readonly url: string;
  readonly token: string;
  readonly trust: TlsTrust | undefined;
  readonly send: SendRequest;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborted when there is no time left. */
  readonly signal: AbortSignal;
  /** Told of each try that failed and is made again. */
  readonly onTrouble: (message: string) => void;
}

/** A server that answers at all does so in seconds; one that has lost the request would hold us until the end. */
const SILENCE_MS = 30_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 20_000;
/** Enough of an answer to see what is wrong. */
const SHOWN_CHARACTERS = 300;

/** Speaks to OpenMetadata's API, and tries again while the server is away or overloaded, until the signal says stop. */
export function statusApi(parts: StatusApiParts): StatusApi {
  const address = (pipeline: string) =>
    `${parts.url}/v1/services/ingestionPipelines/${encodeURIComponent(pipeline)}/pipelineStatus`;
  return {
    async read(pipeline, runId) {
      const what = 'reading the status of the run';
      const url = `${address(pipeline)}/${encodeURIComponent(runId)}`;
      const { status, text } = await exchange(parts, what, { method: 'GET', url });
      if (status === 404 || status === 204 || text.trim() === '') return undefined;
      return parsed(what, text);
    },
    async write(pipeline, status) {
      const body = JSON.stringify(status);
      const what = 'storing the status of the run';
      const answer = await exchange(parts, what, { method: 'PUT', url: address(pipeline), body });
      if (answer.status === 404) throw refused(what, answer);
    },
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** 2xx and 404 are answers; others are tried again or thrown. */
async function exchange(
  parts: StatusApiParts,
  what: string,
  request: { readonly method: string; readonly url: string; readonly body?: string },
): Promise<Answer> {
  for (let failures = 1; ; failures += 1) {
    const result = await once(parts, request);
    if (result.kind === 'answer') {
      const { status } = result.answer;
      if ((status >= 200 && status < 300) || status === 404) return result.answer;
      if (!isPassing(status)) throw refused(what, result.answer);
    }
    const why = result.kind === 'answer' ? sentenceOf(result.answer) : result.why;
    if (parts.signal.aborted) throw outOfTime(what, why);
    const waitMs = Math.max(result.kind === 'answer' ? result.afterMs : 0, delay(failures, parts.random));
    parts.onTrouble(`${what}: ${why}; trying again in ${(waitMs / 1000).toFixed(1)} s`);
    await sleep(parts.clock, waitMs, parts.signal, 'hold').catch(() => {});
    if (parts.signal.aborted) throw outOfTime(what, why);
  }
}

function outOfTime(what: string, why: string): StatusApiError {
  return new StatusApiError(`${what}: ${why}; there is no time left to try again`);
}

type Result =
  | { readonly kind: 'answer'; readonly answer: Answer; readonly afterMs: number }
  | { readonly kind: 'none'; readonly why: string };

async function once(
  { send, token, trust, signal }: StatusApiParts,
  request: { readonly method: string; readonly url: string; readonly body?: string },
): Promise<Result> {
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'application/json',
    'content-type': 'application/json',
    ...(request.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(request.body)) }),
  };
  try {
    const options = { headers, signal, silenceMs: SILENCE_MS, ...(trust === undefined ? {} : { trust }) };
    const answer = await send({ ...request, ...options });
    const text = await answer.text();
    return { kind: 'answer', answer: { status: answer.status, text }, afterMs: retryAfterMs(answer) };
  } catch (error) {
    return { kind: 'none', why: error instanceof Error ? error.message : String(error) };
  }
}

/** Whether the server may answer otherwise a moment later. */
function isPassing(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501);
}

function retryAfterMs(answer: HttpAnswer): number {
  const seconds = Number(answer.header('retry-after') ?? 0);
  return Number.isFinite(seconds) ? Math.min(seconds * 1000, LONGEST_WAIT_MS) : 0;
}

function delay(failures: number, random: Random): number {
  const step = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 10));
  return step / 2 + (random() * step) / 2;
}

function parsed(what: string, text: string): PipelineStatus {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new StatusApiError(`${what}: the answer is no JSON; does hostPort end with /api?`);
  }
  const { data } = pipelineStatusSchema.safeParse(body);
  if (data === undefined) throw new StatusApiError(`${what}: the answer is no status of a pipeline`);
  return data;
}

function refused(what: string, answer: Answer): StatusApiError {
  return new StatusApiError(`${what}: ${sentenceOf(answer)}${hintOf(answer.status)}`);
}

function sentenceOf({ status, text }: Answer): string {
  const said = text.replaceAll(/\s+/g, ' ').trim().slice(0, SHOWN_CHARACTERS);
  return `the server answered ${status}${said === '' ? '' : `: ${said}`}`;
}

function hintOf(status: number): string {
  switch (status) {
    case 401:
      return '; the token in config is not accepted: deploy the pipeline again to renew it';
    case 403:
      return '; the bot of the token in config lacks the right to edit the status of pipelines';
    case 404:
      return '; the pipeline is not known there';
    default:
      return status >= 300 && status < 400 ? '; hostPort in config has to name the server itself' : '';
  }
}
