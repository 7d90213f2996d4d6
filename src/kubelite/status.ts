import { type FieldError, sentenceOf } from '../kubernetes/fieldError.ts';
import type { ResourceInfo } from './types.ts';

/** One cause in the details of a Status. */
export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

/** `details` of a Status: what the refusal speaks of. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  /** The plural for most refusals, the kind for Invalid. */
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** The JSON of a refusal, as Kubernetes answers it. */
export interface StatusObject {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly continue?: string };
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

/** A refusal of the API: HTTP code, machine-readable reason, sentence. Everything that the API refuses is one of these. */
export class ApiStatusError extends Error {
  readonly status: number;
  /** '' where Kubernetes gives none. */
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  /** A token to go on with, for an expired list. */
  readonly continueToken: string | undefined;

  constructor(
    status: number,
    reason: string,
    message: string,
    details?: StatusDetails,
    options?: { readonly cause?: unknown; readonly continueToken?: string },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ApiStatusError';
    this.status = status;
    this.reason = reason;
    this.details = details;
    this.continueToken = options?.continueToken;
  }
}

/** The Status object of any thrown value; one that is no refusal becomes 500 InternalError. */
export function statusOf(error: unknown): StatusObject {
  const refusal = error instanceof ApiStatusError ? error : internalError(error);
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: refusal.continueToken === undefined ? {} : { continue: refusal.continueToken },
    status: 'Failure',
    message: refusal.message,
    ...(refusal.reason === '' ? {} : { reason: refusal.reason }),
    ...(refusal.details ? { details: refusal.details } : {}),
    code: refusal.status,
  };
}

/** `pods`, `runs.endwell.dev`: how messages name a resource. */
export function qualifiedResource(info: Pick<ResourceInfo, 'group' | 'plural'>): string {
  return info.group === '' ? info.plural : `${info.plural}.${info.group}`;
}

function qualifiedKind(info: ResourceInfo): string {
  return info.group === '' ? info.kind : `${info.kind}.${info.group}`;
}

function detailsOf(info: ResourceInfo, name: string): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(info.group === '' ? {} : { group: info.group }),
    kind: info.plural,
  };
}

/** 404: no object of this name. */
export function notFound(info: ResourceInfo, name: string): ApiStatusError {
  const message = `${qualifiedResource(info)} "${name}" not found`;
  return new ApiStatusError(404, 'NotFound', message, detailsOf(info, name));
}

/** 404: no such path; `hint` is added where there is more to say than that. */
export function noSuchResource(hint = ''): ApiStatusError {
  const message = 'the server could not find the requested resource';
  return new ApiStatusError(404, 'NotFound', hint === '' ? message : `${message}: ${hint}`, {});
}

/** 409: the name is taken. */
export function alreadyExists(info: ResourceInfo, name: string): ApiStatusError {
  const message = `${qualifiedResource(info)} "${name}" already exists`;
  return new ApiStatusError(409, 'AlreadyExists', message, detailsOf(info, name));
}

const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

/** 409: a precondition of the request doesn't hold; by default its resourceVersion is not the newest. */
export function conflict(info: ResourceInfo, name: string, why = MODIFIED): ApiStatusError {
  const message = `Operation cannot be fulfilled on ${qualifiedResource(info)} "${name}": ${why}`;
  return new ApiStatusError(409, 'Conflict', message, detailsOf(info, name));
}

/** 409 of server-side apply: fields that other managers own. */
export function applyConflict(causes: readonly StatusCause[], sentence: string): ApiStatusError {
  return new ApiStatusError(409, 'Conflict', sentence, { causes });
}

/** 422: fields that the schema or a rule of the kind refuses. */
export function invalid(info: ResourceInfo, name: string, errors: readonly FieldError[]): ApiStatusError {
  const message = `${qualifiedKind(info)} "${name}" is invalid: ${sentenceOf(errors)}`;
  const causes = errors.map(({ field, reason, message }) => ({ reason, message, field }));
  const group = info.group === '' ? {} : { group: info.group };
  const named = name === '' ? {} : { name };
  return new ApiStatusError(422, 'Invalid', message, { ...named, ...group, kind: info.kind, causes });
}

/** 403: not allowed whoever asks. */
export function forbidden(
  info: ResourceInfo,
  name: string,
  why: string,
  causes?: readonly StatusCause[],
): ApiStatusError {
  const subject = name === '' ? qualifiedResource(info) : `${qualifiedResource(info)} "${name}"`;
  const details = { ...detailsOf(info, name), ...(causes ? { causes } : {}) };
  return new ApiStatusError(403, 'Forbidden', `${subject} is forbidden: ${why}`, details);
}

/** 400: the request itself makes no sense. */
export function badRequest(message: string): ApiStatusError {
  return new ApiStatusError(400, 'BadRequest', message);
}

/** 405: the resource exists, the verb doesn't. */
export function methodNotAllowed(): ApiStatusError {
  const message = 'the server does not allow this method on the requested resource';
  return new ApiStatusError(405, 'MethodNotAllowed', message, {});
}

/** 410: the version or the continue token is older than the history that is kept. */
export function expired(message: string, continueToken?: string): ApiStatusError {
  const options = continueToken === undefined ? undefined : { continueToken };
  return new ApiStatusError(410, 'Expired', message, undefined, options);
}

/** 504: a version that this server hasn't reached. */
export function versionTooLarge(asked: string, current: string): ApiStatusError {
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  const message = `Timeout: Too large resource version: ${asked}, current: ${current}`;
  return new ApiStatusError(504, 'Timeout', message, { causes, retryAfterSeconds: 1 });
}

/** 415: a body of a type that is not read here. */
export function unsupportedMediaType(message: string): ApiStatusError {
  return new ApiStatusError(415, 'UnsupportedMediaType', message, {});
}

/** 401: no token, or not ours. */
export function unauthorized(): ApiStatusError {
  return new ApiStatusError(401, 'Unauthorized', 'Unauthorized', {});
}

/** 413: the body is over the limit. */
export function tooLarge(limitBytes: number): ApiStatusError {
  const message = `Request entity too large: limit is ${limitBytes}`;
  return new ApiStatusError(413, 'RequestEntityTooLarge', message, {});
}

/** 500: something here failed; the cause's message is shown, as Kubernetes does. */
export function internalError(cause: unknown): ApiStatusError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const details = { causes: [{ reason: 'InternalError', message: text }] };
  return new ApiStatusError(500, 'InternalError', `Internal error occurred: ${text}`, details, { cause });
}
