import type { KubeErrorInit, StatusCause, StatusDetails } from '../errors.ts';
import {
  AlreadyExistsError,
  BadRequestError,
  ConflictError,
  ForbiddenError,
  GoneError,
  InvalidError,
  KubeError,
  NotFoundError,
  ServerError,
  TooManyRequestsError,
  UnauthorizedError,
} from '../errors.ts';

/** A refused answer: its head, and as much of its body as was read. */
export interface RefusedAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Longest text of a server that goes into a message of ours, in characters. */
const MAX_MESSAGE = 1024;
/** A Status of a schema refusal has a cause per field; more than these help nobody. */
const MAX_CAUSES = 100;
/** No server's wish to be left alone is taken for longer, in ms. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/** The error for an answer that is not 2xx. Trusts nothing of its body: any text, any shape. */
export function answerError(action: string, answer: RefusedAnswer): KubeError {
  const status = readStatus(answer.body);
  const retryAfterMs = retryAfter(answer.headers, status);
  return statusError(action, answer.status, status ?? { message: plainText(answer.body) }, retryAfterMs);
}

/** The error for a Status object that came inside a stream (an ERROR event of a watch). */
export function statusObjectError(action: string, object: unknown): KubeError {
  const status = isRecord(object) ? object : {};
  const code = Number.isInteger(status['code']) ? (status['code'] as number) : 500;
  return statusError(action, code, status, retryAfter({}, status));
}

function statusError(
  action: string,
  code: number,
  status: Record<string, unknown>,
  retryAfterMs: number | undefined,
): KubeError {
  const reason = text(status['reason'], 100);
  const said = text(status['message'], MAX_MESSAGE) || 'no message';
  const details = isRecord(status['details']) ? status['details'] : {};
  const init: KubeErrorInit = {
    message: `${action}: ${said} (${code}${reason ? ` ${reason}` : ''})`,
    status: code,
    reason,
    details: readDetails(details),
    causes: readCauses(details['causes']),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  return new (errorClass(code, reason))(init);
}

function errorClass(code: number, reason: string): typeof KubeError {
  if (reason === 'Expired' || reason === 'Gone') return GoneError;
  switch (code) {
    case 400:
      return BadRequestError;
    case 401:
      return UnauthorizedError;
    case 403:
      return ForbiddenError;
    case 404:
      return NotFoundError;
    case 409:
      return reason === 'AlreadyExists' ? AlreadyExistsError : ConflictError;
    case 410:
      return GoneError;
    case 422:
      return InvalidError;
    case 429:
      return TooManyRequestsError;
    default:
      return code >= 500 ? ServerError : KubeError;
  }
}

function readStatus(body: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return isRecord(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function readDetails(details: Record<string, unknown>): StatusDetails {
  const found: Record<string, string> = {};
  for (const key of ['name', 'group', 'kind', 'uid']) {
    const value = text(details[key], 253);
    if (value) found[key] = value;
  }
  return found;
}

function readCauses(causes: unknown): StatusCause[] {
  if (!Array.isArray(causes)) return [];
  return causes
    .slice(0, MAX_CAUSES)
    .filter(isRecord)
    .map((cause) => ({
      field: text(cause['field'], 512),
      message: text(cause['message'], MAX_MESSAGE),
      reason: text(cause['reason'], 100),
    }));
}

function retryAfter(
  headers: Readonly<Record<string, string>>,
  status: Record<string, unknown> | undefined,
): number | undefined {
  const details = status && isRecord(status['details']) ? status['details'] : {};
  const seconds = headers['retry-after'] ?? details['retryAfterSeconds'];
  if ((typeof seconds !== 'string' && typeof seconds !== 'number') || seconds === '') return undefined;
  const ms = Number.isFinite(Number(seconds)) ? Number(seconds) * 1000 : untilDate(String(seconds), headers);
  if (!Number.isFinite(ms) || ms < 0) return undefined;
  return Math.min(ms, MAX_RETRY_AFTER_MS);
}

/** Retry-After may be a date; it is meant by the clock of whoever sent it. */
function untilDate(date: string, headers: Readonly<Record<string, string>>): number {
  return Math.max(0, Date.parse(date) - Date.parse(headers['date'] ?? ''));
}

/** What a proxy or a bare Go server says, in one line. */
function plainText(body: string): string {
  return text(body.replace(/<style[\s\S]*?<\/style>|<[^>]*>/gi, ' '), 200);
}

/** A string on one line, without control characters, cut; '' for anything else. */
function text(value: unknown, max: number): string {
  if (typeof value !== 'string') return '';
  const clean = value.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return clean.length > max ? `${clean.slice(0, max)}…` : clean;
}

/** True for an object that is no array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
