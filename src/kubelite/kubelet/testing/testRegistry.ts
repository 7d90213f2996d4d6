import { type Clock, systemRandom } from '../../../ports/clock.ts';
import { Catalogue } from '../../registry/catalogue.ts';
import { createRegistry } from '../../registry/registry.ts';
import { Store } from '../../registry/store.ts';
import { builtinSchemas } from '../../schema/builtinSchemas.ts';
import { memoryStorage } from '../../storage/memory.ts';
import type { KubeliteLog, Registry, ResourceInfo, StoredObject } from '../../types.ts';
import { type Pod, podOf } from '../pod.ts';

/** A registry, in memory unless a storage is given, with all built-in kinds and the namespace `default`. */
export async function testRegistry(clock: Clock, storage = memoryStorage()): Promise<Registry> {
  const onListenerError = (error: unknown) => {
    throw error;
  };
  const store = await Store.open({ storage, clock, onListenerError });
  const catalogue = new Catalogue();
  for (const schema of builtinSchemas()) catalogue.serve([schema], schema.info.version, 'builtIn');
  const registry = createRegistry({ store, catalogue, clock, random: systemRandom });
  const namespaces = resourceOf(registry, 'namespaces');
  if (!registry.get(namespaces, undefined, 'default')) {
    await registry.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  }
  return registry;
}

/** A core resource that is served. */
export function resourceOf(registry: Registry, plural: string): ResourceInfo {
  const resource = registry.resource('', plural);
  if (!resource) throw new Error(`${plural} is not served`);
  return resource;
}

/** Creates an object of the core group in `default`. */
export function create(
  registry: Registry,
  kind: string,
  plural: string,
  object: object,
): Promise<StoredObject> {
  const { metadata, ...rest } = object as { metadata?: object };
  return registry.create(resourceOf(registry, plural), {
    apiVersion: 'v1',
    kind,
    metadata: { namespace: 'default', ...metadata },
    ...rest,
  });
}

/** The pod `name` of `default` as it is stored; undefined when there is none. */
export function podNamed(registry: Registry, name: string): Pod | undefined {
  const object = registry.get(resourceOf(registry, 'pods'), 'default', name);
  return object && podOf(object);
}

/** All events of an object, oldest first: `<reason>: <message>`. */
export function eventsOf(registry: Registry, name: string): readonly string[] {
  return registry
    .list(resourceOf(registry, 'events'), 'default')
    .filter((event) => (event['involvedObject'] as { name?: string }).name === name)
    .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
    .map((event) => `${String(event['reason'])}: ${String(event['message'])}`);
}

/** Says nothing. */
export const silentLog: KubeliteLog = { info: () => {}, warn: () => {}, error: () => {} };
