import type { KubeObject, ObjectRef } from '../types.ts';

/** What a handler is told. `initial` and `stale` say what nobody saw happen: found, or found missing, by a list. */
export type Change<T> =
  | { readonly kind: 'added'; readonly key: string; readonly object: T; readonly initial: boolean }
  | { readonly kind: 'updated'; readonly key: string; readonly object: T; readonly previous: T }
  | {
      readonly kind: 'deleted';
      readonly key: string;
      /** The last known object: its final state when `stale` is false, else some state before it went. */
      readonly object: T;
      readonly stale: boolean;
    };

/** May be async; what it throws is reported and reaches neither the store nor other handlers. */
export type ChangeHandler<T> = (change: Change<T>) => void | Promise<void>;

/** Which values an object is filed under; none: it is not in the index. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** What readers of a store may do. Objects are shared: never change one, and never PUT one (see `slim`). */
export interface ReadStore<T, I extends string = string> {
  /** The object as last seen; undefined is no proof that it does not exist. */
  get(ref: ObjectRef): T | undefined;
  getByKey(key: string): T | undefined;
  list(): T[];
  byIndex(index: I, value: string): T[];
  readonly size: number;
}

/** `<namespace>/<name>`, or `<name>` of a cluster-scoped object: the key of stores and queues. */
export function objectKey(ref: { readonly namespace?: string; readonly name?: string }): string {
  return ref.namespace ? `${ref.namespace}/${ref.name ?? ''}` : (ref.name ?? '');
}

/** The reference that `objectKey` made the key from. */
export function refOfKey(key: string): ObjectRef {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** An index by namespace. */
export const byNamespace: IndexFunction<KubeObject> = (object) =>
  object.metadata?.namespace ? [object.metadata.namespace] : [];

/** An index by the value of one label. */
export function byLabel(label: string): IndexFunction<KubeObject> {
  return (object) => {
    const value = object.metadata?.labels?.[label];
    return value === undefined ? [] : [value];
  };
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * A copy without managedFields and kubectl's last-applied annotation: about half of a pod's memory.
 * Such a copy must not be PUT back whole, or the annotation is lost: patch it, or PUT a fresh read.
 */
export function slim<T extends KubeObject>(object: T): T {
  const { managedFields: _dropped, ...metadata } = object.metadata ?? {};
  if (metadata.annotations?.[LAST_APPLIED] === undefined) return { ...object, metadata };
  const { [LAST_APPLIED]: _applied, ...annotations } = metadata.annotations;
  return { ...object, metadata: { ...metadata, annotations } };
}

/** Objects by key, kept by one reflector; tells handlers of every change, in order. */
export class Store<T extends KubeObject, I extends string = string> implements ReadStore<T, I> {
  readonly #objects = new Map<string, T>();
  readonly #indexes: ReadonlyMap<string, { of: IndexFunction<T>; filed: Map<string, Set<string>> }>;
  readonly #handlers = new Set<ChangeHandler<T>>();
  readonly #onHandlerError: (error: unknown) => void;

  constructor(indexes: Readonly<Record<I, IndexFunction<T>>>, onHandlerError: (error: unknown) => void) {
    const named = Object.entries<IndexFunction<T>>(indexes);
    this.#indexes = new Map(named.map(([name, of]) => [name, { of, filed: new Map() }]));
    this.#onHandlerError = onHandlerError;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(ref: ObjectRef): T | undefined {
    return this.#objects.get(objectKey(ref));
  }

  getByKey(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  byIndex(index: I, value: string): T[] {
    const found = this.#indexes.get(index);
    if (!found) throw new Error(`reading the store: there is no index "${index}"`);
    const keys = [...(found.filed.get(value) ?? [])];
    return keys.map((key) => this.#objects.get(key)).filter((object) => object !== undefined);
  }

  /** Tells `handler` of what is there (as initial) and of every change from now on. Returns how to stop that. */
  onChange(handler: ChangeHandler<T>): () => void {
    for (const [key, object] of this.#objects)
      this.#call(handler, { kind: 'added', key, object, initial: true });
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }

  /** One object as it is now. Another uid under a known name is another object: the old one was deleted. */
  set(object: T, how: { readonly initial: boolean }): void {
    const key = objectKey(object.metadata ?? {});
    const previous = this.#objects.get(key);
    if (previous && previous.metadata?.uid !== object.metadata?.uid) {
      this.#drop(key, previous, true);
      this.set(object, how);
      return;
    }
    if (previous && isSameVersion(previous, object)) return;
    if (previous) this.#unfile(key, previous);
    this.#objects.set(key, object);
    this.#file(key, object);
    this.#tell(
      previous
        ? { kind: 'updated', key, object, previous }
        : { kind: 'added', key, object, initial: how.initial },
    );
  }

  /** An object was seen to go, in this last state. Of a name that holds another uid by now, nothing goes. */
  remove(object: T): void {
    const key = objectKey(object.metadata ?? {});
    const known = this.#objects.get(key);
    if (!known || known.metadata?.uid !== object.metadata?.uid) return;
    this.#drop(key, object, false);
  }

  /** These are all objects that exist; what the store has beside them was deleted unseen. */
  replace(objects: readonly T[]): void {
    const keys = new Set(objects.map((object) => objectKey(object.metadata ?? {})));
    for (const [key, object] of this.#objects) if (!keys.has(key)) this.#drop(key, object, true);
    for (const object of objects) this.set(object, { initial: true });
  }

  #drop(key: string, last: T, stale: boolean): void {
    const known = this.#objects.get(key);
    if (known) this.#unfile(key, known);
    this.#objects.delete(key);
    this.#tell({ kind: 'deleted', key, object: last, stale });
  }

  #file(key: string, object: T): void {
    for (const { of, filed } of this.#indexes.values()) {
      for (const value of this.#valuesOf(of, object)) {
        const keys = filed.get(value);
        if (keys) keys.add(key);
        else filed.set(value, new Set([key]));
      }
    }
  }

  #unfile(key: string, object: T): void {
    for (const { of, filed } of this.#indexes.values()) {
      for (const value of this.#valuesOf(of, object)) {
        filed.get(value)?.delete(key);
        if (filed.get(value)?.size === 0) filed.delete(value);
      }
    }
  }

  /** An index function that throws files the object nowhere; it must not stop the watch. */
  #valuesOf(of: IndexFunction<T>, object: T): readonly string[] {
    try {
      return of(object);
    } catch (error) {
      this.#onHandlerError(error);
      return [];
    }
  }

  #tell(change: Change<T>): void {
    for (const handler of this.#handlers) this.#call(handler, change);
  }

  #call(handler: ChangeHandler<T>, change: Change<T>): void {
    try {
      const done = handler(change);
      if (done) done.catch(this.#onHandlerError);
    } catch (error) {
      this.#onHandlerError(error);
    }
  }
}

function isSameVersion(a: KubeObject, b: KubeObject): boolean {
  return (
    a.metadata?.resourceVersion !== undefined && a.metadata.resourceVersion === b.metadata?.resourceVersion
  );
}
