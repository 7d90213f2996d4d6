/** One reason of a refused request, as the API server lists them (`details.causes` of a Status). */
export interface StatusCause {
  /** Path of the field that is wrong; '' when the cause is no field. */
  readonly field: string;
  readonly message: string;
  /** `FieldValueRequired`, `NamespaceTerminating`, `DisruptionBudget`, … */
  readonly reason: string;
}

/** What the API server says beside the message of a Status. All parts are optional on the wire. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
}

/** What an error is made of; `message` begins with the action ("getting pods default/x: …"). */
export interface KubeErrorInit {
  readonly message: string;
  /** HTTP status; left out when there was no answer. */
  readonly status?: number;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** Base of everything that `kube` throws. A plain one is an answer that a caller can do nothing special about. */
export class KubeError extends Error {
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** The API's word for it (`NotFound`), or ours; '' when there is none. */
  readonly reason: string;
  readonly details: StatusDetails;
  readonly causes: readonly StatusCause[];
  /** The server's wish, in ms; undefined when it has none. */
  readonly retryAfterMs: number | undefined;

  constructor(init: KubeErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = new.target.name;
    this.status = init.status;
    this.reason = init.reason ?? '';
    this.details = init.details ?? {};
    this.causes = init.causes ?? [];
    this.retryAfterMs = init.retryAfterMs;
  }
}

/** 404: the object, its namespace or the whole resource does not exist. */
export class NotFoundError extends KubeError {}

/** 409 AlreadyExists: a create found an object of that name. */
export class AlreadyExistsError extends KubeError {}

/** 409: another writer was first, or a precondition of a delete did not hold. Read again, decide again. */
export class ConflictError extends KubeError {}

/** 410, or `Expired`: that version or page is no longer kept. List again. */
export class GoneError extends KubeError {}

/** 422: refused by schema, validation or admission rules; `causes` names the fields. */
export class InvalidError extends KubeError {}

/** 400: the request makes no sense as it is (a log of a container that has not started is one of these too). */
export class BadRequestError extends KubeError {}

/** 401: the credential is missing, wrong or expired, also after it was refreshed. */
export class UnauthorizedError extends KubeError {}

/** 403: a right is missing, a quota is used up, or the namespace is terminating (see `causes`). */
export class ForbiddenError extends KubeError {}

/** 429: not processed; the server is overloaded, or an eviction is held by a disruption budget. */
export class TooManyRequestsError extends KubeError {}

/** 5xx: the server failed. A write may have taken effect all the same. */
export class ServerError extends KubeError {}

/** What was reached: nothing (`connect`: certainly not processed), no answer to a read (`answer`), a stream that broke (`stream`). */
export type UnreachablePhase = 'connect' | 'answer' | 'stream';

/** No connection, no answer to a read, or a stream that broke or fell silent. Nothing was changed by it. */
export class UnreachableError extends KubeError {
  readonly phase: UnreachablePhase;

  constructor(init: KubeErrorInit & { readonly phase: UnreachablePhase }) {
    super(init);
    this.phase = init.phase;
  }
}

/** A write was sent and its answer never came: it may have taken effect. Read to find out. */
export class AnswerLostError extends KubeError {}

/** An answer that is not what the API promises: not JSON, cut, too long, or of the wrong shape. */
export class MalformedAnswerError extends KubeError {}

/** The caller's own signal ended it; `cause` is the signal's reason. A write may have taken effect. */
export class AbortedError extends KubeError {}

/** The kubeconfig, or what it names (file, plugin), can't be used. The message says which key and how to mend it. */
export class KubeconfigError extends KubeError {
  constructor(message: string, cause?: unknown) {
    super({ message, reason: 'KubeconfigInvalid', cause });
  }
}

/** True when the write may have happened though its call failed: only a fresh read can tell. */
export function isOutcomeUnknown(error: unknown): boolean {
  if (error instanceof MalformedAnswerError) return error.status === undefined || error.status < 400;
  return error instanceof AnswerLostError || error instanceof ServerError || error instanceof AbortedError;
}

/** True when the same call may well succeed a little later, with nothing mended in between. */
export function isTransient(error: unknown): boolean {
  return (
    error instanceof UnreachableError ||
    error instanceof AnswerLostError ||
    error instanceof ServerError ||
    error instanceof MalformedAnswerError ||
    error instanceof TooManyRequestsError
  );
}
