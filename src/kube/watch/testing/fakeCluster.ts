import { parseLabelSelector } from '../../../kubernetes/labelSelector.ts';
import { type Clock, sleep } from '../../../ports/clock.ts';
import {
  AbortedError,
  AlreadyExistsError,
  ConflictError,
  GoneError,
  InvalidError,
  NotFoundError,
} from '../../errors.ts';
import type {
  KubeClient,
  KubeObject,
  Lane,
  ListOptions,
  ObjectRef,
  RequestOptions,
  Resource,
  WatchEvent,
  WatchOptions,
} from '../../types.ts';
import { FakeLanes } from './fakeLanes.ts';
import { FakeStream } from './fakeStream.ts';

/** One request that the fake cluster got. */
export interface FakeCall {
  /** Name of the client that made it. */
  readonly client: string;
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'replace' | 'patch';
  readonly plural: string;
  readonly lane: Lane;
  /** Monotonic ms. */
  readonly at: number;
  /** As given; of a watch only. */
  readonly watch?: WatchOptions;
}

/** How the fake cluster misbehaves; every part may be changed while it runs. */
export interface FakeBehaviour {
  latencyMs: (call: FakeCall) => number;
  /** Requests of a lane beyond its limit wait, as behind a real transport's. Default: no limit. */
  laneLimit: Partial<Record<Lane, number>>;
  /** The request is refused or breaks before it takes effect. */
  before: (call: FakeCall) => Error | undefined;
  /** It took effect and then this happened. */
  after: (call: FakeCall) => Error | undefined;
  /** `silent`: streams what exists and never says the end. */
  watchList: 'served' | 'refused' | 'silent';
  /** 0: none but those that a test sends. */
  bookmarkEveryMs: number;
}

interface Change {
  readonly version: number;
  readonly plural: string;
  readonly event: WatchEvent<KubeObject> & { readonly object: KubeObject };
}

interface OpenStream {
  readonly stream: FakeStream;
  readonly plural: string;
  readonly namespace: string | undefined;
  readonly bookmarks: boolean;
}

/** A cluster in memory behind our own port, in virtual time: objects, versions, watches, and faults on demand. */
export class FakeCluster {
  readonly calls: FakeCall[] = [];
  readonly behaviour: FakeBehaviour = {
    latencyMs: () => 0,
    laneLimit: {},
    before: () => undefined,
    after: () => undefined,
    watchList: 'served',
    bookmarkEveryMs: 60_000,
  };
  readonly #clock: Clock;
  readonly #objects = new Map<string, KubeObject>();
  readonly #lanes = new FakeLanes();
  readonly #open = new Set<OpenStream>();
  #log: Change[] = [];
  #version = 1;
  #compactedTo = 0;
  #uids = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Somebody else creates or changes an object; returns what is stored. Keeps the uid of an object of that name. */
  put<T extends KubeObject>(resource: Resource<T>, object: T): T {
    const key = keyOf(resource, object.metadata ?? {});
    const old = this.#objects.get(key);
    const stored = structuredClone(object);
    stored.metadata = {
      uid: `uid-${++this.#uids}`,
      ...(old?.metadata?.uid ? { uid: old.metadata.uid } : {}),
      ...stored.metadata,
      resourceVersion: String(++this.#version),
    };
    this.#objects.set(key, stored);
    this.#publish(resource, { type: old ? 'MODIFIED' : 'ADDED', object: stored });
    return structuredClone(stored);
  }

  /** Somebody else deletes an object. */
  remove(resource: Resource<KubeObject>, ref: ObjectRef): void {
    const old = this.#objects.get(keyOf(resource, ref));
    if (!old || !this.#objects.delete(keyOf(resource, ref))) return;
    const object = { ...old, metadata: { ...old.metadata, resourceVersion: String(++this.#version) } };
    this.#publish(resource, { type: 'DELETED', object });
  }

  objects<T extends KubeObject>(resource: Resource<T>, namespace?: string): T[] {
    const prefix = `${resource.plural}/${namespace === undefined ? '' : `${namespace}/`}`;
    const found = [...this.#objects].filter(([key]) => key.startsWith(prefix));
    return found.map(([, object]) => structuredClone(object) as T);
  }

  /** One object as it is stored; undefined: there is none of that name. */
  object<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): T | undefined {
    const found = this.#objects.get(keyOf(resource, ref));
    return found === undefined ? undefined : (structuredClone(found) as T);
  }

  /** Every open stream ends: by the error, or normally. */
  endStreams(error?: Error): void {
    for (const { stream } of this.#open) stream.end(error);
  }

  /** Every open stream falls silent without ending. */
  muteStreams(): void {
    for (const { stream } of this.#open) stream.muted = true;
  }

  bookmark(): void {
    for (const { stream, bookmarks } of this.#open) if (bookmarks) stream.push(this.#bookmarkEvent(false));
  }

  /** Forgets all changes up to now: a watch from an older version is told 410. */
  compact(): void {
    this.#compactedTo = this.#version;
    this.#log = [];
  }

  openStreams(): number {
    return this.#open.size;
  }

  /** The port, as one process has it. Verbs that no test of the loops needs refuse by name. */
  client(name = 'client'): KubeClient {
    const refuse = (verb: string) => () => {
      throw new Error(`${verb}: not part of the fake cluster`);
    };
    return {
      get: (resource, ref, options) => this.#get(name, resource, ref, options),
      list: (resource, options) => this.#list(name, resource, options),
      listAll: (resource, options) => this.#list(name, resource, options),
      watch: (resource, options) => this.#watch(name, resource, options),
      create: (resource, object, options) => this.#create(name, resource, object, options),
      replace: (resource, object, options) => this.#replace(name, resource, object, options),
      patch: (resource, ref, patch, options) => this.#patch(name, resource, ref, patch.body, options),
      delete: refuse('delete'),
      deleteCollection: refuse('deleteCollection'),
      createSubresource: refuse('createSubresource'),
      podLog: refuse('podLog'),
      raw: refuse('raw'),
      serverNow: () => this.#clock.now(),
      close: async () => {},
    };
  }

  async #get<T extends KubeObject>(
    client: string,
    resource: Resource<T>,
    ref: ObjectRef,
    options?: RequestOptions,
  ): Promise<T> {
    return await this.#serve({ client, verb: 'get', resource, lane: 'read', options }, () => {
      const found = this.#objects.get(keyOf(resource, ref));
      if (!found) throw new NotFoundError({ message: `getting ${ref.name}: not found`, status: 404 });
      return structuredClone(found) as T;
    });
  }

  async #list<T extends KubeObject>(client: string, resource: Resource<T>, options: ListOptions = {}) {
    return await this.#serve({ client, verb: 'list', resource, lane: 'read', options }, () => ({
      items: this.objects(resource, options.namespace).filter((object) =>
        matchesLabels(options.labelSelector, object),
      ),
      resourceVersion: String(this.#version),
      continueToken: undefined,
    }));
  }

  async #create<T extends KubeObject>(
    client: string,
    resource: Resource<T>,
    object: T,
    options?: RequestOptions,
  ): Promise<T> {
    return await this.#serve({ client, verb: 'create', resource, lane: 'create', options }, () => {
      if (this.#objects.has(keyOf(resource, object.metadata ?? {}))) {
        throw new AlreadyExistsError({ message: 'creating: already exists', status: 409 });
      }
      return this.put(resource, object);
    });
  }

  async #replace<T extends KubeObject>(
    client: string,
    resource: Resource<T>,
    object: T,
    options?: RequestOptions,
  ): Promise<T> {
    return await this.#serve({ client, verb: 'replace', resource, lane: 'status', options }, () => {
      const old = this.#objects.get(keyOf(resource, object.metadata ?? {}));
      if (!old) throw new NotFoundError({ message: 'replacing: not found', status: 404 });
      if (old.metadata?.resourceVersion !== object.metadata?.resourceVersion) {
        throw new ConflictError({ message: 'replacing: another writer was first', status: 409 });
      }
      return this.put(resource, object);
    });
  }

  async #patch<T extends KubeObject>(
    client: string,
    resource: Resource<T>,
    ref: ObjectRef,
    body: object,
    options?: RequestOptions,
  ): Promise<T> {
    return await this.#serve({ client, verb: 'patch', resource, lane: 'status', options }, () => {
      const old = this.#objects.get(keyOf(resource, ref));
      if (!old) throw new NotFoundError({ message: 'patching: not found', status: 404 });
      return this.put(resource, { ...old, ...body } as T);
    });
  }

  async *#watch<T extends KubeObject>(client: string, resource: Resource<T>, options: WatchOptions = {}) {
    const stream = await this.#serve(
      { client, verb: 'watch', resource, lane: 'watch', options, watch: options },
      () => this.#openStream(resource, options),
    );
    const stopBookmarks = this.#bookmarkEvery(stream);
    try {
      const events = stream.stream.events(this.#clock, options.timeoutSeconds ?? 1800, options.signal);
      yield* events as AsyncGenerator<WatchEvent<T>>;
    } finally {
      stopBookmarks();
      this.#open.delete(stream);
    }
  }

  #openStream(resource: Resource<KubeObject>, options: WatchOptions): OpenStream {
    const { plural } = resource;
    const bookmarks = options.allowBookmarks === true;
    const open: OpenStream = { stream: new FakeStream(), plural, namespace: options.namespace, bookmarks };
    if (options.sendInitialEvents) this.#sendInitial(resource, open);
    else this.#sendSince(open, Number(options.resourceVersion));
    this.#open.add(open);
    return open;
  }

  #sendInitial(resource: Resource<KubeObject>, open: OpenStream): void {
    if (this.behaviour.watchList === 'refused') {
      throw new InvalidError({ message: 'watching: sendInitialEvents is forbidden', status: 422 });
    }
    for (const object of this.objects(resource, open.namespace)) open.stream.push({ type: 'ADDED', object });
    if (this.behaviour.watchList === 'served') open.stream.push(this.#bookmarkEvent(true));
  }

  #sendSince(open: OpenStream, version: number): void {
    if (version < this.#compactedTo) {
      throw new GoneError({ message: 'watching: too old resource version', status: 410, reason: 'Expired' });
    }
    for (const change of this.#log) if (change.version > version) deliver(open, change);
  }

  #publish(resource: Resource<KubeObject>, event: Change['event']): void {
    const change = { version: this.#version, plural: resource.plural, event: structuredClone(event) };
    this.#log.push(change);
    for (const open of this.#open) deliver(open, change);
  }

  #bookmarkEvent(initialEventsEnd: boolean): WatchEvent<KubeObject> {
    return { type: 'BOOKMARK', resourceVersion: String(this.#version), initialEventsEnd };
  }

  #bookmarkEvery(open: OpenStream): () => void {
    const everyMs = this.behaviour.bookmarkEveryMs;
    if (!open.bookmarks || everyMs === 0) return () => {};
    const again = () => {
      open.stream.push(this.#bookmarkEvent(false));
      timer = this.#clock.after(everyMs, again);
    };
    let timer = this.#clock.after(everyMs, again);
    return () => timer.cancel();
  }

  async #serve<A>(
    request: {
      client: string;
      verb: FakeCall['verb'];
      resource: Resource<KubeObject>;
      lane: Lane;
      options: RequestOptions | undefined;
      watch?: WatchOptions;
    },
    effect: () => A,
  ): Promise<A> {
    const { client, verb, options, watch } = request;
    const { plural } = request.resource;
    const lane = options?.lane ?? request.lane;
    const call = { client, verb, plural, lane, at: this.#clock.monotonic(), ...(watch ? { watch } : {}) };
    this.calls.push(call);
    return await this.#lanes.within(lane, this.behaviour.laneLimit[lane], async () => {
      await this.#wait(this.behaviour.latencyMs(call), options?.signal);
      const refusal = this.behaviour.before(call);
      if (refusal) throw refusal;
      const answer = effect();
      const lost = this.behaviour.after(call);
      if (lost) throw lost;
      return answer;
    });
  }

  async #wait(ms: number, signal?: AbortSignal): Promise<void> {
    try {
      signal?.throwIfAborted();
      if (ms > 0) await sleep(this.#clock, ms, signal);
    } catch (cause) {
      throw new AbortedError({ message: 'calling the fake cluster: aborted', cause });
    }
  }
}

function deliver(open: OpenStream, change: Change): void {
  const { object } = change.event;
  if (open.plural !== change.plural) return;
  if (open.namespace !== undefined && object.metadata?.namespace !== open.namespace) return;
  open.stream.push(structuredClone(change.event));
}

function keyOf(resource: Resource<KubeObject>, ref: { namespace?: string; name?: string }): string {
  return `${resource.plural}/${ref.namespace ?? ''}/${ref.name ?? ''}`;
}

function matchesLabels(selector: string | undefined, { metadata }: KubeObject): boolean {
  return parseLabelSelector(selector ?? '')(metadata?.labels);
}
