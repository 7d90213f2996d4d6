import type { Clock, Random } from '../../ports/clock.ts';
import type { KubeError } from '../errors.ts';
import type { KubeClient, KubeObject, Resource } from '../types.ts';
import { Reflector, type ReflectorStats, type WatchScope } from './reflector.ts';
import { type ChangeHandler, type IndexFunction, type ReadStore, Store, slim } from './store.ts';

export interface InformerOptions<T extends KubeObject, I extends string> {
  readonly client: Pick<KubeClient, 'listAll' | 'watch'>;
  readonly resource: Resource<T>;
  /** Default: all objects of all namespaces. */
  readonly scope?: WatchScope;
  /** What is kept of an object; default `slim`. Must keep name, namespace, uid and resourceVersion. */
  readonly transform?: (object: T) => T;
  readonly indexes?: Readonly<Record<I, IndexFunction<T>>>;
  readonly clock: Clock;
  readonly random: Random;
  /** A list or watch failed (it goes on by itself). */
  readonly onError?: (error: KubeError) => void;
  /** A handler, index or transform of ours threw: a defect, but the watch goes on. */
  readonly onHandlerError?: (error: unknown) => void;
}

export interface InformerStats extends ReflectorStats {
  readonly objects: number;
}

/** A store that a watch keeps up to date. */
export interface Informer<T extends KubeObject, I extends string = string> {
  readonly store: ReadStore<T, I>;
  start(): void;
  /** Resolves when nothing is open any more; handlers hear nothing after it. Safe in any state. */
  stop(): Promise<void>;
  /** True once everything that existed has been seen, and for ever after. */
  hasSynced(): boolean;
  /** Resolves with true when synced, with false when stopped before. */
  whenSynced(): Promise<boolean>;
  /** Tells of what is there and of every change from now on; returns how to stop that. */
  onChange(handler: ChangeHandler<T>): () => void;
  /** What keeps it from being up to date ("watching runs: forbidden …"); undefined when nothing does. */
  problem(): KubeError | undefined;
  stats(): InformerStats;
}

/** Makes an informer; `start` begins the watch. */
export function createInformer<T extends KubeObject, I extends string = never>(
  options: InformerOptions<T, I>,
): Informer<T, I> {
  const report = quietly(options.onHandlerError ?? (() => {}));
  const indexes = options.indexes ?? ({} as Record<I, IndexFunction<T>>);
  const store = new Store<T, I>(indexes, report);
  const synced = flag();
  const reflector = new Reflector<T>({
    client: options.client,
    resource: options.resource,
    scope: options.scope ?? {},
    target: {
      replace(objects) {
        store.replace(objects);
        synced.settle(true);
      },
      set: (object, how) => store.set(object, how),
      remove: (object) => store.remove(object),
    },
    prepare: preparing(options, report),
    clock: options.clock,
    random: options.random,
    onError: quietly(options.onError ?? (() => {})),
  });
  return {
    store,
    start: () => reflector.start(),
    async stop() {
      await reflector.stop();
      synced.settle(false);
    },
    hasSynced: () => synced.value() === true,
    whenSynced: () => synced.settled,
    onChange: (handler) => store.onChange(handler),
    problem: () => reflector.problem(),
    stats: () => ({ ...reflector.stats(), objects: store.size }),
  };
}

/** Items of a list come without apiVersion and kind, objects of a watch with them: a store holds one form. */
function preparing<T extends KubeObject, I extends string>(
  options: InformerOptions<T, I>,
  report: (error: unknown) => void,
): (object: T) => T {
  const { group, version, kind } = options.resource;
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const transform = options.transform ?? slim;
  return (object) => {
    const whole = object.kind === undefined ? { ...object, apiVersion, kind } : object;
    try {
      return transform(whole);
    } catch (error) {
      report(error);
      return whole;
    }
  };
}

/** A reporter that throws must not become the fault that it reports. */
function quietly<E>(report: (error: E) => void): (error: E) => void {
  return (error) => {
    try {
      report(error);
    } catch {
      // There is nobody left to tell.
    }
  };
}

function flag() {
  let value: boolean | undefined;
  let resolve: (value: boolean) => void = () => {};
  const settled = new Promise<boolean>((done) => {
    resolve = done;
  });
  return {
    settled,
    value: () => value,
    settle(next: boolean) {
      value ??= next;
      resolve(next);
    },
  };
}
