import type { Clock, Random } from '../../ports/clock.ts';
import type { StoredObject } from '../types.ts';
import type { Catalogue, Served } from './catalogue.ts';
import { type Collection, idOf } from './collection.ts';
import type { Store } from './store.ts';

/** What every operation of the registry works on. */
export interface Core {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly random: Random;
}

/** What a request may ask of any write. */
export interface WriteOptions {
  /** Do everything but store it. */
  readonly dryRun?: boolean;
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  readonly fieldManager?: string;
  /** The body's `managedFields` are the server's own work (server-side apply), to be stored. */
  readonly managed?: boolean;
}

/** What a write made, and the sentences for its Warning headers. */
export interface Written {
  readonly object: StoredObject;
  readonly warnings: readonly string[];
}

/** Which object: `namespace` is undefined for cluster-scoped resources. */
export interface Target {
  readonly served: Served;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** The collection in which a resource's objects lie, whatever version asks. */
export function collectionOf(core: Core, served: Served): Collection {
  return core.store.collection(served.collection);
}

/** The newest state of the object, stored or on its way there. */
export function headOf(core: Core, target: Target): StoredObject | undefined {
  return core.store.head(collectionOf(core, target.served), idOf(target.namespace, target.name));
}

/** The time now as Kubernetes writes it: RFC 3339 with whole seconds. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
