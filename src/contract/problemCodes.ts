/** One kind of refusal: the HTTP status that carries it and what it means to whoever called. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** What the caller can do about it. */
  readonly next: string;
}

/**
 * Every refusal of the HTTP API. A code is stable: programs compare it. The status is the one that HTTP gives the
 * case; two codes may share one. docs/reference/problems.md is generated from this table.
 */
export const problemKinds = {
  BadRequest: {
    status: 400,
    title: 'The request cannot be read',
    next: 'Mend the path, query, header or JSON that `detail` and `problems` name.',
  },
  Unauthenticated: {
    status: 401,
    title: 'The caller is not known',
    next: 'Send `Authorization: Bearer <token>` with a token that the cluster accepts and that has not expired.',
  },
  Forbidden: {
    status: 403,
    title: 'The caller lacks a right',
    next: 'Ask for the Kubernetes right that `detail` names: it is checked as the caller, with the cluster’s own RBAC.',
  },
  NotFound: {
    status: 404,
    title: 'There is no such thing',
    next: 'Check the name and the namespace.',
  },
  LogNotFound: {
    status: 404,
    title: 'There is no such log',
    next: 'Ask for another stage, attempt or container, or wait until the container has started.',
  },
  MethodNotAllowed: {
    status: 405,
    title: 'The path does not take this method',
    next: 'See the paths and methods in the OpenAPI document.',
  },
  AlreadyExists: {
    status: 409,
    title: 'The name is taken',
    next: 'Choose another `metadata.name`, or use `metadata.generateName`.',
  },
  Conflict: {
    status: 409,
    title: 'The object changed meanwhile',
    next: 'Read it again and repeat the request.',
  },
  DuplicateRejected: {
    status: 409,
    title: 'Another run of the same dedupe key is active',
    next: 'Wait for that run, or choose another `spec.dedupe.whenActive`.',
  },
  BackoffAfterFailure: {
    status: 409,
    title: 'The last run of the same dedupe key failed a moment ago',
    next: 'Try again after `retryAt`.',
  },
  NotEnded: {
    status: 409,
    title: 'The run has not ended',
    next: 'Wait for its end, or cancel it first.',
  },
  NothingToRetry: {
    status: 409,
    title: 'The run succeeded',
    next: 'Resubmit it to run it once more.',
  },
  NamespaceTerminating: {
    status: 409,
    title: 'The namespace is being deleted',
    next: 'Use another namespace.',
  },
  PayloadTooLarge: {
    status: 413,
    title: 'The body is too large',
    next: 'Put large input into a ConfigMap or Secret and name it in `spec.input`.',
  },
  UnsupportedMediaType: {
    status: 415,
    title: 'The body is of another type',
    next: 'Send JSON with `Content-Type: application/json`.',
  },
  SpecInvalid: {
    status: 422,
    title: 'The object cannot be accepted',
    next: 'Mend what `problems` or `detail` names, and send it again.',
  },
  NotForOMJobs: {
    status: 422,
    title: 'That can not be done with an OMJob',
    next: 'Do what the detail says instead.',
  },
  IdempotencyKeyReused: {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
    next: 'Use a new key for each request, and the same key only to repeat one.',
  },
  QueueFull: {
    status: 429,
    title: 'The queue is full',
    next: 'Try again when a run of the queue has ended.',
  },
  TooManyRequests: {
    status: 429,
    title: 'The cluster is busy',
    next: 'Try again after the seconds in `Retry-After`.',
  },
  Internal: {
    status: 500,
    title: 'Endwell failed',
    next: 'Look for the request in the server’s log; it is a fault of ours.',
  },
  ServerForbidden: {
    status: 503,
    title: 'The server lacks a right of its own',
    next: 'Give the server’s service account the right that `detail` names; `endwell doctor` lists all of them.',
  },
  NotInstalled: {
    status: 503,
    title: 'Endwell’s resources are not installed in the cluster',
    next: 'Run `endwell crds | kubectl apply --server-side -f -`.',
  },
  EngineUnavailable: {
    status: 503,
    title: 'The cluster has nothing that would run the pipeline',
    next: 'Do what `detail` says: install the resources, or choose the other engine.',
  },
  ClusterUnavailable: {
    status: 503,
    title: 'The cluster does not answer',
    next: 'Try again; `detail` says what stands in the way.',
  },
  HistoryUnavailable: {
    status: 503,
    title: 'The history does not answer',
    next: 'Try again; `detail` says what stands in the way. What the cluster still has is not concerned.',
  },
  HistoryOpening: {
    status: 503,
    title: 'The history is being opened',
    next: 'Try again after the seconds in `Retry-After`: where its database has to be made first this takes seconds, on a busy machine a minute.',
  },
  ShuttingDown: {
    status: 503,
    title: 'The server is stopping',
    next: 'Try again: another replica, or this one after its restart.',
  },
} as const satisfies Record<string, ProblemKind>;

/** A stable code of a refusal. */
export type ProblemCode = keyof typeof problemKinds;
