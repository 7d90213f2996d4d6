import type { ObjectSchema } from '../schema/objectSchema.ts';
import type { ResourceInfo, StoredObject } from '../types.ts';

/** One version of one resource, as it is served. */
export interface Served {
  readonly info: ResourceInfo;
  readonly schema: ObjectSchema;
  /** Key of the collection that its objects are in: `group/plural`, the same for all versions. */
  readonly collection: string;
  /** `group/version` in which its objects are stored. */
  readonly storedAs: string;
  /** True for resources that a CustomResourceDefinition made. */
  readonly custom: boolean;
}

/** `v1`, `apps/v1`: the apiVersion of a resource's objects. */
export function apiVersionOf(info: Pick<ResourceInfo, 'group' | 'version'>): string {
  return info.group === '' ? info.version : `${info.group}/${info.version}`;
}

/** The object as this version shows it. All versions of a kind have the same fields; only apiVersion differs. */
export function shownAs(served: Served, object: StoredObject): StoredObject {
  const apiVersion = apiVersionOf(served.info);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

/** Which resources are served. CustomResourceDefinitions add and remove some while the server runs. */
export class Catalogue {
  readonly #byCollection = new Map<string, readonly Served[]>();
  readonly #listeners = new Set<() => void>();
  #revision = 0;

  /** Changes with every change of the catalogue: to key caches of discovery documents. */
  get revision(): number {
    return this.#revision;
  }

  /** Serves a resource in these versions, the preferred one first, in place of what was served under its name. */
  serve(versions: readonly ObjectSchema[], storedVersion: string, kind: 'builtIn' | 'custom'): void {
    const first = versions[0];
    if (!first) return;
    const collection = `${first.info.group}/${first.info.plural}`;
    const storedAs = apiVersionOf({ group: first.info.group, version: storedVersion });
    const custom = kind === 'custom';
    const served = versions.map((schema) => ({ info: schema.info, schema, collection, storedAs, custom }));
    this.#byCollection.set(collection, served);
    this.#changed();
  }

  /** Serves the resource no more; its objects stay where they are. */
  withdraw(group: string, plural: string): void {
    if (this.#byCollection.delete(`${group}/${plural}`)) this.#changed();
  }

  /** In one version, or with undefined in the preferred one. */
  find(group: string, version: string | undefined, plural: string): Served | undefined {
    const versions = this.#byCollection.get(`${group}/${plural}`);
    if (version === undefined) return versions?.[0];
    return versions?.find(({ info }) => info.version === version);
  }

  /** The preferred version of the resource whose objects lie in a collection. */
  ofCollection(collection: string): Served | undefined {
    return this.#byCollection.get(collection)?.[0];
  }

  /** By group and kind, in the preferred version. */
  findKind(group: string, kind: string): Served | undefined {
    for (const [first] of this.#byCollection.values()) {
      if (first && first.info.group === group && first.info.kind === kind) return first;
    }
    return undefined;
  }

  /** Every version of every resource. */
  all(): Served[] {
    return [...this.#byCollection.values()].flat();
  }

  /** Every resource once, in its preferred version. */
  preferred(): Served[] {
    return [...this.#byCollection.values()].flatMap((versions) => versions.slice(0, 1));
  }

  /** Calls `listener` after each change; returns the stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #changed(): void {
    this.#revision++;
    for (const listener of this.#listeners) listener();
  }
}
