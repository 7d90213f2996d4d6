import { type StatusObject, statusOf } from '../status.ts';
import type { ApiResponse } from '../types.ts';

const encoder = new TextEncoder();

/** Text of that type, in one piece. */
export function text(status: number, body: string, contentType = 'text/plain; charset=utf-8'): ApiResponse {
  const bytes = encoder.encode(body);
  const headers = { 'content-type': contentType, 'content-length': String(bytes.byteLength) };
  return { status, headers, body: once(bytes) };
}

/** JSON in one piece; `warnings` become a Warning header. */
export function json(status: number, value: unknown, warnings: readonly string[] = []): ApiResponse {
  return jsonText(status, JSON.stringify(value), warnings);
}

/** JSON that is written already, as `json`. */
export function jsonText(status: number, body: string, warnings: readonly string[] = []): ApiResponse {
  return withWarnings(text(status, body, 'application/json'), warnings);
}

/** The Status of anything that was thrown. */
export function refusal(error: unknown): ApiResponse {
  const status = statusOf(error);
  const response = json(status.code ?? 500, status);
  const wait = status.details?.retryAfterSeconds;
  if (wait === undefined) return response;
  return { ...response, headers: { ...response.headers, 'retry-after': String(wait) } };
}

/** The Status of something that was done and has no object to show. */
export function success(details?: StatusObject['details'], code?: number): StatusObject {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    ...(details ? { details } : {}),
    ...(code === undefined ? {} : { code }),
  };
}

/** As much as is written at a time of a long answer: big enough to be cheap, small enough to share the loop. */
const CHUNK_CHARACTERS = 64 * 1024;

/** JSON whose pieces are made as they are sent. */
export function jsonStream(pieces: Iterable<string>): ApiResponse {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: chunks(pieces) };
}

async function* chunks(pieces: Iterable<string>): AsyncGenerator<Uint8Array> {
  let buffered = '';
  for (const piece of pieces) {
    buffered += piece;
    if (buffered.length < CHUNK_CHARACTERS) continue;
    yield encoder.encode(buffered);
    buffered = '';
  }
  if (buffered !== '') yield encoder.encode(buffered);
}

/** One piece. An iterator of its own: most answers are one, and a generator costs as much as the rest of a small one. */
function once(bytes: Uint8Array): AsyncIterableIterator<Uint8Array> {
  let rest: Uint8Array | undefined = bytes.byteLength > 0 ? bytes : undefined;
  const end = { done: true, value: undefined } as const;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (rest === undefined) return end;
      const value = rest;
      rest = undefined;
      return { done: false, value };
    },
    async return() {
      rest = undefined;
      return end;
    },
  };
}

function withWarnings(response: ApiResponse, warnings: readonly string[]): ApiResponse {
  if (warnings.length === 0) return response;
  const warning = warnings.map((one) => `299 - ${quoted(one)}`).join(', ');
  return { ...response, headers: { ...response.headers, warning } };
}

/** A header's quoted string; control characters can't stand in one. */
function quoted(sentence: string): string {
  const plain = sentence.replaceAll(/[^ -~]/g, ' ');
  return `"${plain.replaceAll(/["\\]/g, '\\$&')}"`;
}
