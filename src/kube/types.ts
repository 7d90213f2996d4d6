import type { ObjectMeta } from 'kubernetes-types/meta/v1.d.ts';

/** What every Kubernetes object has. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
}

/** Which objects a request speaks of. `T` is the type of one object. */
export interface Resource<T extends KubeObject> {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Type marker only; never set. */
  readonly __object?: T;
}

/** Names one object. `namespace` is left out for cluster-scoped resources. */
export interface ObjectRef {
  readonly namespace?: string;
  readonly name: string;
}

/**
 * Separate budgets of concurrency (ARCHITECTURE.md, "The loop"): work of one lane never waits for another's.
 * `lease` has a connection of its own.
 */
export type Lane = 'lease' | 'status' | 'create' | 'delete' | 'read' | 'watch';

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** Default: by verb (get/list read, create create, replace/patch status, delete delete). */
  readonly lane?: Lane;
}

export interface WriteOptions extends RequestOptions {
  /** Everything but the write itself is done (`dryRun=All`). */
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
  /** `status`, `scale`, … : the subresource that is written in place of the object. */
  readonly subresource?: string;
}

export interface ListOptions extends RequestOptions {
  /** All namespaces when left out. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continueToken?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
}

export interface KubeList<T> {
  readonly items: T[];
  readonly resourceVersion: string;
  readonly continueToken: string | undefined;
}

export interface WatchOptions extends RequestOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
  readonly allowBookmarks?: boolean;
  /** WatchList: the server first streams what exists, then a bookmark that says so. */
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
  /** The stream is ended with an error when nothing arrives for so long. */
  readonly idleMs?: number;
}

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEventsEnd: boolean };

export type Patch =
  | { readonly type: 'json'; readonly body: readonly object[] }
  | { readonly type: 'merge' | 'strategic'; readonly body: object }
  | {
      readonly type: 'apply';
      readonly body: object;
      readonly fieldManager: string;
      readonly force?: boolean;
    };

export interface DeleteOptions extends RequestOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
}

export interface LogOptions extends RequestOptions {
  readonly container?: string;
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly sinceSeconds?: number;
  readonly sinceTime?: string;
  readonly tailLines?: number;
  readonly limitBytes?: number;
  readonly timestamps?: boolean;
  /** A followed log ends with an error when nothing arrives for so long; when left out, only when its connection breaks. */
  readonly idleMs?: number;
}

/**
 * A client of one cluster. Every method throws one of the errors of `errors.ts` and nothing else.
 * Only safe verbs are retried by themselves; a write whose answer was lost throws `AnswerLostError`.
 */
export interface KubeClient {
  get<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    options?: RequestOptions & { readonly subresource?: string; readonly resourceVersion?: string },
  ): Promise<T>;
  /** One page. */
  list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<KubeList<T>>;
  /** All pages, of one consistent version. */
  listAll<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<KubeList<T>>;
  /** Ends normally when the server ends the stream; throws when it breaks, on 410 `GoneError`. */
  watch<T extends KubeObject>(resource: Resource<T>, options?: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  /** PUT of the whole object; its metadata.resourceVersion is the precondition. */
  replace<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  patch<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<T>;
  delete<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    options?: DeleteOptions,
  ): Promise<T | undefined>;
  deleteCollection<T extends KubeObject>(
    resource: Resource<T>,
    options?: DeleteOptions & Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>,
  ): Promise<void>;
  /** Any subresource that is created by POST: `eviction` of a pod, `token` of a service account. */
  createSubresource<A extends object>(
    resource: Resource<KubeObject>,
    ref: ObjectRef,
    subresource: string,
    body: object,
    options?: WriteOptions,
  ): Promise<A>;
  /** The bytes of one container's log, as they come. The iterator throws when the connection drops. */
  podLog(ref: ObjectRef, options?: LogOptions): Promise<AsyncIterable<Uint8Array>>;
  /** Any other path (`/version`, `/readyz`, discovery); the parsed JSON body. */
  raw<A>(method: 'GET' | 'POST', path: string, body?: object, options?: RequestOptions): Promise<A>;
  /** The API server's time in ms since the epoch: local monotonic time plus the offset learned from its Date header. */
  serverNow(): number;
  close(): Promise<void>;
}
