import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import {
  AbortedError,
  AlreadyExistsError,
  ConflictError,
  InvalidError,
  NotFoundError,
} from '../../kube/errors.ts';
import { nodes, pods } from '../../kube/resources.ts';
import type {
  DeleteOptions,
  KubeClient,
  KubeObject,
  ObjectRef,
  Patch,
  Resource,
  WriteOptions,
} from '../../kube/types.ts';
import { FakeCluster } from '../../kube/watch/testing/fakeCluster.ts';
import type { JsonObject } from '../../kubernetes/json.ts';
import { jsonPatch } from '../../kubernetes/jsonPatch.ts';
import { mergePatch } from '../../kubernetes/mergePatch.ts';
import { type Clock, sleep } from '../../ports/clock.ts';
import { omJobs, runs } from '../resources.ts';

/** One write that the fake API was asked for. */
export interface FakeWrite {
  readonly verb: 'create' | 'replace' | 'patch' | 'delete';
  readonly plural: string;
  readonly name: string;
  readonly dryRun: boolean;
}

/** When a fault strikes: before the write takes effect, or after it and before its answer. */
export type FaultMoment = 'before' | 'after';

const FINISHED = new Set(['Succeeded', 'Failed']);

/**
 * The API's write semantics that effects depend on (preconditions, finalizers, grace, no-op patches) in memory, with
 * faults on demand and a kubelet that a test turns by hand.
 */
export class FakeApi {
  readonly cluster: FakeCluster;
  readonly writes: FakeWrite[] = [];
  /** UIDs of main and exit pods whose container was started, in order. */
  readonly started: { readonly name: string; readonly uid: string }[] = [];
  /** By pod name. */
  readonly logs = new Map<string, string>();
  /** Exit code of the main container of a running pod; undefined: it runs on. */
  script: (pod: Pod) => number | undefined = () => 0;
  fault: (write: FakeWrite, moment: FaultMoment) => Error | undefined = () => undefined;
  /** What the API server keeps of a status that it is sent, by the definition of the kind. */
  keepStatus: (status: object | undefined) => object | undefined = (status) => status;
  /** How long a write takes. */
  writeMs = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.cluster = new FakeCluster(clock);
    const ready = { type: 'Ready', status: 'True', lastTransitionTime: new Date(clock.now()).toISOString() };
    this.cluster.put(nodes, { metadata: { name: 'node' }, status: { conditions: [ready] } });
  }

  /** The port. `isDead` true: the process that has this client is gone, and nothing it does arrives. */
  client(isDead: () => boolean = () => false): KubeClient {
    const alive = <A>(work: () => Promise<A>) =>
      isDead() ? Promise.reject(new AbortedError({ message: 'the process is gone' })) : work();
    const base = this.cluster.client();
    return {
      ...base,
      get: (resource, ref, options) => alive(() => base.get(resource, ref, options)),
      list: (resource, options) => alive(() => base.list(resource, options)),
      listAll: (resource, options) => alive(() => base.listAll(resource, options)),
      create: (resource, object, options) => alive(() => this.#create(resource, object, options)),
      replace: (resource, object, options) => alive(() => this.#replace(resource, object, options)),
      patch: (resource, ref, patch, options) => alive(() => this.#patch(resource, ref, patch, options)),
      delete: (resource, ref, options) => alive(() => this.#delete(resource, ref, options)),
      podLog: (ref) => alive(async () => chunks(this.logs.get(ref.name))),
    };
  }

  /** The kubelet, the scheduler and the garbage collector each do what is due. */
  turn(): void {
    const owners = new Set(
      [...this.cluster.objects(runs), ...this.cluster.objects(omJobs)].map(({ metadata }) => metadata.uid),
    );
    for (const pod of this.cluster.objects(pods)) {
      const owner = pod.metadata?.ownerReferences?.[0]?.uid;
      if (owner !== undefined && !owners.has(owner) && !pod.metadata?.deletionTimestamp)
        this.#remove(pods, pod);
      else this.#live(pod);
    }
  }

  /** A pod whose deletion was asked for ends, and its kubelet removes it at once. */
  endWhileGoing(pod: Pod, exitCode: number): void {
    const { name = '', namespace = '' } = pod.metadata ?? {};
    const going = { ...pod, metadata: { ...pod.metadata, deletionTimestamp: this.#time(30_000) } };
    this.#end(going, exitCode);
    this.cluster.remove(pods, { name, namespace });
  }

  #live(pod: Pod): void {
    const going = pod.metadata?.deletionTimestamp !== undefined;
    if (FINISHED.has(pod.status?.phase ?? '')) {
      if (going) this.#remove(pods, pod);
    } else if (pod.spec?.nodeName !== undefined) {
      const code = going ? 143 : this.script(pod);
      if (code !== undefined) this.#end(pod, code);
    } else if (!going && !pod.spec?.schedulingGates?.length) this.#start(pod);
  }

  #start(pod: Pod): void {
    this.started.push({ name: pod.metadata?.name ?? '', uid: pod.metadata?.uid ?? '' });
    const state = { running: { startedAt: this.#time() } };
    this.#setPod(pod, 'Running', state);
  }

  #end(pod: Pod, exitCode: number): void {
    const startedAt = pod.status?.containerStatuses?.[0]?.state?.running?.startedAt ?? this.#time();
    const state = { terminated: { exitCode, startedAt, finishedAt: this.#time() } };
    this.#setPod(pod, exitCode === 0 ? 'Succeeded' : 'Failed', state);
  }

  #setPod(pod: Pod, phase: string, state: object): void {
    const name = pod.spec?.containers[0]?.name ?? '';
    const status = {
      phase,
      containerStatuses: [{ name, state, image: '', imageID: '', ready: false, restartCount: 0 }],
    };
    this.cluster.put(pods, { ...pod, spec: { containers: [], ...pod.spec, nodeName: 'node' }, status });
  }

  async #create<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T> {
    return this.#write('create', resource, object.metadata ?? {}, options, (old) => {
      if (old) throw new AlreadyExistsError({ message: 'it exists', status: 409, reason: 'AlreadyExists' });
      const metadata = { ...object.metadata, generation: 1, creationTimestamp: this.#time() };
      return options?.dryRun ? object : this.cluster.put(resource, { ...object, metadata });
    });
  }

  async #replace<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T> {
    return this.#write('replace', resource, object.metadata ?? {}, options, (old) => {
      if (!old) throw notFound();
      if (object.metadata?.resourceVersion !== old.metadata?.resourceVersion) throw conflict();
      if (options?.subresource !== 'status') return this.cluster.put(resource, object);
      const next = { ...old, status: this.keepStatus((object as { status?: object }).status) };
      return options.dryRun ? next : this.cluster.put(resource, next);
    });
  }

  async #patch<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<T> {
    return this.#write('patch', resource, ref, options, (old) => {
      if (!old) throw notFound();
      const next = patched(old, patch);
      if (JSON.stringify(next) === JSON.stringify(old)) return old;
      const changed = JSON.stringify(specOf(next)) !== JSON.stringify(specOf(old));
      const generation = (old.metadata?.generation ?? 1) + (changed ? 1 : 0);
      return this.#settle(resource, { ...next, metadata: { ...next.metadata, generation } });
    });
  }

  async #delete<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    options: DeleteOptions = {},
  ): Promise<T | undefined> {
    return this.#write('delete', resource, ref, options, (old) => {
      if (!old) throw notFound();
      const { uid, resourceVersion } = options.preconditions ?? {};
      if (uid !== undefined && uid !== old.metadata?.uid) throw conflict();
      if (resourceVersion !== undefined && resourceVersion !== old.metadata?.resourceVersion)
        throw conflict();
      return this.#remove(resource, old);
    });
  }

  /** Marks for deletion; a bound pod that has not ended has its grace, everything else waits for its finalizers only. */
  #remove<T extends KubeObject>(resource: Resource<T>, object: T): T {
    const pod = object as Pod;
    const lives =
      resource.plural === 'pods' &&
      pod.spec?.nodeName !== undefined &&
      !FINISHED.has(pod.status?.phase ?? '');
    const graceSeconds = lives ? 30 : 0;
    const metadata = {
      ...object.metadata,
      deletionTimestamp: object.metadata?.deletionTimestamp ?? this.#time(graceSeconds * 1000),
      deletionGracePeriodSeconds: graceSeconds,
      generation: (object.metadata?.generation ?? 1) + 1,
    };
    return lives
      ? this.cluster.put(resource, { ...object, metadata })
      : this.#settle(resource, { ...object, metadata });
  }

  #settle<T extends KubeObject>(resource: Resource<T>, object: T): T {
    const { metadata = {} } = object;
    const pod = object as Pod;
    const held =
      resource.plural === 'pods' &&
      pod.spec?.nodeName !== undefined &&
      !FINISHED.has(pod.status?.phase ?? '');
    if (metadata.deletionTimestamp === undefined || metadata.finalizers?.length || held) {
      return this.cluster.put(resource, object);
    }
    this.cluster.remove(resource, {
      name: metadata.name ?? '',
      ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
    });
    return object;
  }

  async #write<T extends KubeObject, A>(
    verb: FakeWrite['verb'],
    resource: Resource<T>,
    ref: { readonly namespace?: string; readonly name?: string },
    options: { readonly dryRun?: boolean; readonly signal?: AbortSignal } | undefined,
    effect: (old: T | undefined) => A,
  ): Promise<A> {
    if (options?.signal?.aborted)
      throw new AbortedError({ message: 'aborted', cause: options.signal.reason });
    const write = { verb, plural: resource.plural, name: ref.name ?? '', dryRun: options?.dryRun === true };
    this.writes.push(write);
    if (this.writeMs > 0) await sleep(this.#clock, this.writeMs);
    else await Promise.resolve();
    const refusal = this.fault(write, 'before');
    if (refusal) throw refusal;
    const { namespace, name = '' } = ref;
    const stored = this.cluster.object(resource, { name, ...(namespace === undefined ? {} : { namespace }) });
    const answer = effect(stored);
    const lost = this.fault(write, 'after');
    if (lost) throw lost;
    return answer;
  }

  #time(plusMs = 0): string {
    return new Date(this.#clock.now() + plusMs).toISOString();
  }
}

async function* chunks(text: string | undefined): AsyncGenerator<Uint8Array> {
  if (text === undefined) throw notFound();
  yield new TextEncoder().encode(text);
}

function specOf(object: KubeObject): unknown {
  return (object as { spec?: unknown }).spec;
}

function patched<T extends KubeObject>(old: T, patch: Patch): T {
  if (patch.type === 'json') {
    try {
      return jsonPatch(old as unknown as JsonObject, patch.body) as unknown as T;
    } catch (cause) {
      throw new InvalidError({ message: 'the patch does not apply', status: 422, reason: 'Invalid', cause });
    }
  }
  const { uid, resourceVersion } = (patch.body as KubeObject).metadata ?? {};
  if (resourceVersion !== undefined && resourceVersion !== old.metadata?.resourceVersion) throw conflict();
  if (uid !== undefined && uid !== old.metadata?.uid) throw conflict();
  return mergePatch(old as unknown as JsonObject, patch.body as JsonObject) as unknown as T;
}

function notFound(): NotFoundError {
  return new NotFoundError({ message: 'not found', status: 404, reason: 'NotFound' });
}

function conflict(): ConflictError {
  return new ConflictError({ message: 'another writer was first', status: 409, reason: 'Conflict' });
}
