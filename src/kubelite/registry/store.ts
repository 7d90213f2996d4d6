import type { Clock } from '../../ports/clock.ts';
import type { Storage, StorageWrite } from '../storage/storage.ts';
import type { StoredObject } from '../types.ts';
import {
  type Change,
  type Collection,
  changesSince,
  emptyCollection,
  forget,
  type HistoryLimits,
  type Listener,
  place,
  remember,
} from './collection.ts';

/** Five minutes is what etcd keeps under an API server; 2,000 changes bound the memory of a busy collection. */
const DEFAULT_HISTORY: HistoryLimits = { changes: 2_000, ms: 5 * 60_000 };

/** Opening a folder takes some ten milliseconds; a disk that is full stays so for longer. */
const MEND_MS = 1_000;

export interface StoreOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  /** Told of a listener that threw; the others are served all the same. */
  readonly onListenerError: (error: unknown) => void;
  readonly history?: HistoryLimits;
  /** What is there before anything was stored; left out, only what the storage has. */
  readonly initial?: StoreState;
}

/** All objects of a store at one moment. They are shared with it and must not be changed. */
export interface StoreState {
  /** The version of the newest write. */
  readonly version: number;
  readonly objects: readonly {
    readonly collection: string;
    readonly id: string;
    readonly object: StoredObject;
  }[];
}

interface Waiting {
  readonly change: Change;
  readonly resolve: (object: StoredObject) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * All objects, with one rising version for every write.
 *
 * A write is decided on the newest state (`head`), which may still be on its way to the disk, and seen by readers and
 * listeners only when it is stored. Writes that wait share one commit. When a commit fails, its writes and those that
 * build on them are refused, and so is every later one until the storage has been mended, which is tried as writes
 * come: then the disk again holds exactly what readers see. Memory and disk never disagree.
 */
export class Store {
  readonly #options: StoreOptions;
  readonly #limits: HistoryLimits;
  readonly #collections = new Map<string, Collection>();
  readonly #everywhere = new Set<(change: Change) => void>();
  #assigned: number;
  #committed: number;
  #queue: Waiting[] = [];
  #committing: Promise<void> | undefined;
  #outbox: Change[] = [];
  #telling = false;
  #broken: unknown;
  /** Keys that a failed commit may have left otherwise on the disk than they are in memory. */
  readonly #doubtful = new Map<string, { readonly collection: Collection; readonly id: string }>();
  #mending: Promise<void> | undefined;
  #lastMend = Number.NEGATIVE_INFINITY;
  #closed = false;
  #settling: { readonly version: number; readonly resolve: () => void }[] = [];

  private constructor(options: StoreOptions, version: number) {
    this.#options = options;
    this.#limits = options.history ?? DEFAULT_HISTORY;
    this.#assigned = version;
    this.#committed = version;
  }

  /** Reads everything that the storage has. */
  static async open(options: StoreOptions): Promise<Store> {
    const { resourceVersion, objects } = await options.storage.load();
    const { initial } = options;
    const store = new Store(options, Math.max(resourceVersion, initial?.version ?? 0));
    for (const { collection, id, object } of initial?.objects ?? []) {
      place(store.collection(collection), id, object);
    }
    for (const { key, value } of objects) {
      const { collection, id } = splitKey(key);
      place(store.collection(collection), id, JSON.parse(value) as StoredObject);
    }
    return store;
  }

  /** The version of the newest write that readers see. */
  get version(): number {
    return this.#committed;
  }

  /** What readers see, to begin another store with. */
  state(): StoreState {
    const objects = [...this.#collections.values()].flatMap(({ key, objects: held }) =>
      [...held].map(([id, object]) => ({ collection: key, id, object })),
    );
    return { version: this.#committed, objects };
  }

  /** By `group/plural`; made when it isn't there. */
  collection(key: string): Collection {
    const known = this.#collections.get(key);
    if (known) return known;
    const made = emptyCollection(key, this.#committed);
    this.#collections.set(key, made);
    return made;
  }

  /** The newest state of an object, stored or on its way there. */
  head(collection: Collection, id: string): StoredObject | undefined {
    const pending = collection.pending.get(id);
    if (!pending) return collection.objects.get(id);
    return pending.type === 'DELETED' ? undefined : pending.object;
  }

  /** Stores `object`, which the store owns from now on and stamps with its resourceVersion. */
  put(collection: Collection, id: string, object: StoredObject): Promise<StoredObject> {
    return this.#write(collection, id, object, this.head(collection, id) ? 'MODIFIED' : 'ADDED');
  }

  /** Removes an object. Resolves with its last state, stamped with the version of the removal. */
  remove(collection: Collection, id: string): Promise<StoredObject> {
    const object = this.head(collection, id);
    if (!object) return Promise.reject(new Error(`removing an object: there is none at ${id}`));
    return this.#write(collection, id, { ...object, metadata: { ...object.metadata } }, 'DELETED');
  }

  #write(
    collection: Collection,
    id: string,
    object: StoredObject,
    type: Change['type'],
  ): Promise<StoredObject> {
    if (this.#broken !== undefined) {
      const error = this.#broken;
      this.#startMending();
      return Promise.reject(error);
    }
    const previous = this.head(collection, id);
    const version = ++this.#assigned;
    object.metadata.resourceVersion = String(version);
    const at = this.#options.clock.now();
    const change: Change = { type, collection, id, version, object, previous, at };
    if (this.#queue.length === 0 && !this.#committing) {
      const done = this.#options.storage.commit(() => [storageWrite(change)], version);
      if (!done) {
        this.#publish(change);
        return Promise.resolve(object);
      }
      collection.pending.set(id, change);
      return this.#first(change, done);
    }
    collection.pending.set(id, change);
    return new Promise((resolve, reject) => this.#queue.push({ change, resolve, reject }));
  }

  /**
   * Resolves when every write that was decided until now is stored, or refused. Whoever answers from `head` without a
   * write of its own waits for this: no answer may speak of what a crash can still undo.
   */
  settled(): Promise<void> {
    if (!this.#committing) return Promise.resolve();
    const version = this.#assigned;
    return new Promise((resolve) => this.#settling.push({ version, resolve }));
  }

  /** Tells `onChange` of every change after `since` (default: from now on); undefined when the history is too short. */
  listen(
    collection: Collection,
    since: number,
    onChange: (change: Change) => void,
  ): (() => void) | undefined {
    const missed = changesSince(collection, since);
    if (!missed) return undefined;
    for (const change of missed) onChange(change);
    const listener: Listener = { since: Math.max(since, this.#committed), onChange };
    collection.listeners.add(listener);
    return () => void collection.listeners.delete(listener);
  }

  /** Tells `onChange` of every change in any collection from now on; returns the stop. */
  listenEverywhere(onChange: (change: Change) => void): () => void {
    this.#everywhere.add(onChange);
    return () => void this.#everywhere.delete(onChange);
  }

  /** All collections, those of resources that are no longer served too. */
  collections(): readonly Collection[] {
    return [...this.#collections.values()];
  }

  /** Forgets the past, as etcd's compaction does: watches and continued lists from before get 410. */
  compact(): void {
    for (const collection of this.#collections.values()) {
      forget(collection, collection.history.length);
      collection.compacted = this.#committed;
    }
  }

  /** Waits for the writes that are under way, then closes the storage. */
  async close(): Promise<void> {
    while (this.#committing) await this.#committing;
    await this.#mending;
    this.#closed = true;
    this.#broken ??= new Error('storing an object: the store is closed');
    await this.#options.storage.close();
  }

  /** Refused writes are sent again by whoever needs them, so that each is a good moment to look; not more often than this. */
  #startMending(): void {
    const now = this.#options.clock.monotonic();
    const { storage } = this.#options;
    if (!storage.mend || this.#closed || this.#mending || now - this.#lastMend < MEND_MS) return;
    this.#lastMend = now;
    const state = [...this.#doubtful.values()].map(storedState);
    this.#mending = storage
      .mend(state, this.#assigned)
      .then(
        () => {
          this.#doubtful.clear();
          this.#broken = undefined;
        },
        (error: unknown) => {
          this.#broken = error;
        },
      )
      .finally(() => {
        this.#mending = undefined;
      });
  }

  #first(change: Change, done: Promise<void>): Promise<StoredObject> {
    return new Promise((resolve, reject) => {
      this.#committing = this.#settle([{ change, resolve, reject }], done).then(() => this.#commitQueue());
    });
  }

  /** Commits whatever has queued up, as one batch, until nothing waits. */
  async #commitQueue(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      const writes = () => batch.map(({ change }) => storageWrite(change));
      const last = batch.at(-1)?.change.version ?? this.#committed;
      await this.#settle(batch, this.#options.storage.commit(writes, last));
    }
    this.#committing = undefined;
  }

  async #settle(batch: readonly Waiting[], done: Promise<void> | undefined): Promise<void> {
    try {
      await done;
    } catch (error) {
      this.#fail(batch, error);
      return;
    }
    for (const { change, resolve } of batch) {
      if (change.collection.pending.get(change.id) === change) change.collection.pending.delete(change.id);
      this.#publish(change);
      resolve(change.object);
    }
    this.#release(this.#committed);
  }

  #release(version: number): void {
    const waiting = this.#settling;
    this.#settling = waiting.filter((one) => one.version > version);
    for (const one of waiting) if (one.version <= version) one.resolve();
  }

  #fail(batch: readonly Waiting[], error: unknown): void {
    this.#broken = error;
    const all = [...batch, ...this.#queue];
    this.#queue = [];
    for (const { change, reject } of all) {
      const { collection, id } = change;
      collection.pending.delete(id);
      this.#doubtful.set(storageKey(collection, id), { collection, id });
      reject(error);
    }
    this.#release(this.#assigned);
  }

  #publish(change: Change): void {
    place(change.collection, change.id, change.type === 'DELETED' ? undefined : change.object);
    this.#committed = change.version;
    remember(change.collection, change, this.#limits);
    this.#outbox.push(change);
    if (!this.#telling) this.#tell();
  }

  /** A listener may write: what that changes is told after the change at hand, so that everybody sees one order. */
  #tell(): void {
    this.#telling = true;
    for (let change = this.#outbox.shift(); change; change = this.#outbox.shift()) {
      for (const listener of change.collection.listeners) {
        if (change.version > listener.since) this.#tellOne(listener.onChange, change);
      }
      for (const onChange of this.#everywhere) this.#tellOne(onChange, change);
    }
    this.#telling = false;
  }

  #tellOne(onChange: (change: Change) => void, change: Change): void {
    try {
      onChange(change);
    } catch (error) {
      this.#options.onListenerError(error);
    }
  }
}

const texts = new WeakMap<StoredObject, string>();

/** The JSON of an object that is stored, or was: made once, for such an object never changes. */
export function jsonOf(object: StoredObject): string {
  const known = texts.get(object);
  if (known !== undefined) return known;
  const text = JSON.stringify(object);
  texts.set(object, text);
  return text;
}

function storageWrite(change: Change): StorageWrite {
  return {
    key: storageKey(change.collection, change.id),
    value: change.type === 'DELETED' ? undefined : jsonOf(change.object),
  };
}

function storageKey(collection: Collection, id: string): string {
  return `${collection.key}/${id}`;
}

/** What readers see of an object, as it is to stand on the disk. */
function storedState({ collection, id }: { collection: Collection; id: string }): StorageWrite {
  const object = collection.objects.get(id);
  return { key: storageKey(collection, id), value: object && jsonOf(object) };
}

/** `group/plural/namespace/name`; none of the four has a slash. */
function splitKey(key: string): { collection: string; id: string } {
  const [group = '', plural = '', namespace = '', name = ''] = key.split('/');
  return { collection: `${group}/${plural}`, id: `${namespace}/${name}` };
}
