import type { Clock, Random } from '../../ports/clock.ts';
import { sleep } from '../../ports/clock.ts';
import { onAbort } from '../../ports/onAbort.ts';
import { KubeError, MalformedAnswerError } from '../errors.ts';
import type { Transport, TransportRequest, TransportResponse } from '../transport/transport.ts';
import { TransportError } from '../transport/transport.ts';
import { answerError } from './answerError.ts';
import type { Call, RequestRecord } from './call.ts';
import { isRead } from './call.ts';
import { abortedError, brokenStream, lostAnswer } from './failure.ts';
import { guardedBody } from './guardedBody.ts';
import type { LaneBudgets } from './laneBudgets.ts';
import { retryDelay } from './retry.ts';
import type { ServerTime } from './serverTime.ts';

/** What carries out calls. */
export interface ExchangeParts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly userAgent: string;
  readonly onRequest: ((record: RequestRecord) => void) | undefined;
  readonly budgets: LaneBudgets;
  readonly time: ServerTime;
}

/** Makes requests: slots, time limits, refusals, retries. Throws only errors of `errors.ts`. */
export interface Exchange {
  /** The parsed JSON of the answer. Retries as `retryDelay` says. */
  json(call: Call): Promise<unknown>;
  /** The bytes of the answer as they come, once it is a 2xx. Never retried. Its iterator fails with a typed error. */
  stream(call: Call, idleMs: number | undefined): Promise<AsyncIterableIterator<Uint8Array>>;
}

/** The API server itself answers 504 after 60 s; later than this nobody is there. */
const HEAD_TIMEOUT_MS = 65_000;
/** Between two chunks of an answer that is not a stream. */
const BODY_IDLE_MS = 60_000;
/** The longest list that is taken into memory: 100,000 pods of 2.7 KB. */
const MAX_ANSWER_BYTES = 268_435_456;
/** A Status is small; of a longer refusal the start says enough. */
const MAX_REFUSAL_BYTES = 65_536;

/** The exchange of one client. */
export function exchange(parts: ExchangeParts): Exchange {
  const { clock, random, budgets } = parts;

  async function json(call: Call): Promise<unknown> {
    const startedAt = clock.monotonic();
    for (let tries = 1; ; tries++) {
      try {
        return await once(call);
      } catch (error) {
        if (!(error instanceof KubeError)) throw error;
        const delay = retryDelay(call, error, { tries, elapsedMs: clock.monotonic() - startedAt }, random);
        if (delay === undefined) throw error;
        await sleep(clock, delay, call.signal, 'hold').catch(() => {
          throw abortedError(call);
        });
      }
    }
  }

  async function once(call: Call): Promise<unknown> {
    const giveBack = await budgets.acquire(call.lane, call.signal).catch(() => {
      throw abortedError(call);
    });
    try {
      const answer = await open(call, BODY_IDLE_MS, (cause, status) => lostAnswer(call, cause, status));
      return parseJson(call, answer.status, await readAll(answer, MAX_ANSWER_BYTES, () => tooLong(call)));
    } finally {
      giveBack();
    }
  }

  async function stream(call: Call, idleMs: number | undefined): Promise<AsyncIterableIterator<Uint8Array>> {
    const giveBack = await budgets.acquire(call.lane, call.signal).catch(() => {
      throw abortedError(call);
    });
    try {
      const answer = await open(call, idleMs, (cause) => brokenStream(call, cause), giveBack);
      return answer.body;
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  /** Sends, waits for the head, throws what is not 2xx. */
  async function open(
    call: Call,
    idleMs: number | undefined,
    toError: (cause: unknown, status: number) => KubeError,
    onEnd: () => void = () => {},
  ): Promise<OpenAnswer> {
    const limits = requestLimits(call, clock);
    const response = await sendTimed(parts, call, limits);
    const isRefusal = response.status < 200 || response.status > 299;
    const body = guardedBody(response.body, {
      clock,
      idleMs: isRefusal ? BODY_IDLE_MS : idleMs,
      signal: call.signal,
      toError: (cause) => toError(cause, response.status),
      onEnd: (how) => {
        limits.end(how);
        onEnd();
      },
    });
    if (isRefusal) throw await refusal(call, response, body);
    return { status: response.status, body };
  }

  return { json, stream };
}

interface OpenAnswer {
  readonly status: number;
  readonly body: AsyncIterableIterator<Uint8Array>;
}

interface RequestLimits {
  readonly signal: AbortSignal;
  /** The head is there. */
  headCame(): void;
  /** Forgets the caller's signal, and ends the request unless its answer was read. */
  end(how: 'read' | 'left'): void;
}

/** A signal of its own for each request: a caller's signal may live as long as the process. */
function requestLimits(call: Call, clock: Clock): RequestLimits {
  const ending = new AbortController();
  const timer = clock.after(HEAD_TIMEOUT_MS, () => ending.abort(new Error('it took too long')));
  const forget = onAbort(call.signal, () => ending.abort(call.signal?.reason));
  return {
    signal: ending.signal,
    headCame: () => timer.cancel(),
    end(how) {
      timer.cancel();
      forget();
      if (how === 'left') ending.abort(new Error('the request is over'));
    },
  };
}

async function sendTimed(
  parts: ExchangeParts,
  call: Call,
  limits: RequestLimits,
): Promise<TransportResponse> {
  const sentAt = parts.clock.monotonic();
  const record = (status: number) => {
    const ms = parts.clock.monotonic() - sentAt;
    parts.onRequest?.({ verb: call.verb, resource: call.resource, status, ms });
  };
  try {
    const response = await parts.transport.send(toRequest(parts.userAgent, call, limits.signal));
    limits.headCame();
    record(response.status);
    parts.time.learn(response.headers['date'], sentAt, parts.clock.monotonic());
    return response;
  } catch (error) {
    const timedOut = limits.signal.aborted && !call.signal?.aborted;
    const cause = timedOut ? timeout(error) : error;
    limits.end('left');
    record(0);
    throw lostAnswer(call, cause);
  }
}

/** Nobody answered in time; what is known of the request's way stays known. */
function timeout(error: unknown): TransportError {
  const sent = !(error instanceof TransportError) || error.sent;
  return new TransportError(`none within ${HEAD_TIMEOUT_MS} ms`, { sent, cause: error });
}

function toRequest(userAgent: string, call: Call, signal: AbortSignal): TransportRequest {
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': userAgent };
  if (call.body !== undefined) headers['content-type'] = call.contentType ?? 'application/json';
  return {
    method: call.method,
    path: call.path,
    headers,
    lane: call.lane,
    signal,
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
  };
}

/** The refusal stands whatever becomes of its body. */
async function refusal(
  call: Call,
  response: TransportResponse,
  body: AsyncIterableIterator<Uint8Array>,
): Promise<KubeError> {
  const text = await readAll({ status: response.status, body }, MAX_REFUSAL_BYTES).catch(() => '');
  if (call.signal?.aborted) return abortedError(call);
  return answerError(call.action, { status: response.status, headers: response.headers, body: text });
}

/** Reads to the end; past `maxBytes` it throws what `tooLong` makes, or without that keeps what it has. */
async function readAll(answer: OpenAnswer, maxBytes: number, tooLong?: () => KubeError): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body) {
    length += chunk.length;
    if (length > maxBytes && tooLong !== undefined) throw tooLong();
    chunks.push(chunk);
    if (length > maxBytes) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLong(call: Call): MalformedAnswerError {
  return new MalformedAnswerError({
    message: `${call.action}: the answer is longer than ${MAX_ANSWER_BYTES} bytes`,
  });
}

function parseJson(call: Call, status: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const start = text.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, 80);
    const hint = isRead(call) ? '' : '; it may have taken effect';
    const message = `${call.action}: the answer is not JSON: "${start}"; is that server an API server, without a proxy in between?${hint}`;
    throw new MalformedAnswerError({ message, status, cause });
  }
}
