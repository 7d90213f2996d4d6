import type { ObjectMeta } from 'kubernetes-types/meta/v1.d.ts';

/** An object as the API stores and returns it: plain JSON. */
export interface StoredObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta & { name: string; uid: string; resourceVersion: string; creationTimestamp: string };
  spec?: unknown;
  status?: unknown;
  [field: string]: unknown;
}

/** One served resource: built in, or made by a CustomResourceDefinition. */
export interface ResourceInfo {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly hasStatus: boolean;
}

export type RegistryEvent = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: StoredObject;
};

export interface DeleteRequest {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/**
 * The API's semantics without HTTP: what the HTTP face, the controllers and the kubelets all go through.
 * Objects that come out are shared and must not be changed. Refusals are thrown as `ApiStatusError` (status.ts).
 * Every write resolves only when it is stored (durable storage: on disk).
 */
export interface Registry {
  /** By group and plural; undefined when not served. */
  resource(group: string, plural: string): ResourceInfo | undefined;
  get(resource: ResourceInfo, namespace: string | undefined, name: string): StoredObject | undefined;
  /** In any order; all namespaces when `namespace` is undefined. */
  list(resource: ResourceInfo, namespace?: string): readonly StoredObject[];
  create(resource: ResourceInfo, object: object): Promise<StoredObject>;
  /**
   * Reads, changes and writes one object with its resourceVersion as precondition, again on a conflict.
   * `change` gets a private copy; undefined from it means: leave as it is. Resolves with undefined when the object is gone.
   * With `subresource: 'status'` only status is written.
   */
  update(
    resource: ResourceInfo,
    namespace: string | undefined,
    name: string,
    change: (object: StoredObject) => StoredObject | undefined,
    options?: { readonly subresource?: 'status' | 'binding' },
  ): Promise<StoredObject | undefined>;
  delete(
    resource: ResourceInfo,
    namespace: string | undefined,
    name: string,
    options?: DeleteRequest,
  ): Promise<void>;
  /** Calls `onEvent` with what exists (as ADDED, before it returns), then with each change in order. Returns the stop. */
  watch(resource: ResourceInfo, onEvent: (event: RegistryEvent) => void): () => void;
}

export interface PodLogRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  /** ms since the epoch. */
  readonly since: number | undefined;
  readonly signal: AbortSignal;
}

/** Where the API gets the bytes of `pods/log`: a kubelet. Throws `ApiStatusError` when there is no such log. */
export interface PodLogSource {
  openLog(request: PodLogRequest): Promise<AsyncIterable<Uint8Array>>;
}

/** Answer of the API to one HTTP request, whatever carries it (TLS socket or in-process call). */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface ApiRequest {
  readonly method: string;
  /** Path with its query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** Serves the Kubernetes API. Authentication is the carrier's work: the TLS listener checks the token. */
export type ApiHandler = (request: ApiRequest) => Promise<ApiResponse>;

/** Where the embedded cluster says what it does: the message is constant, variables are fields. The product's logger fits. */
export interface KubeliteLog {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
