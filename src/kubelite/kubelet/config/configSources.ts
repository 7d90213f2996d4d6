import type { ConfigMap, Secret } from 'kubernetes-types/core/v1.d.ts';
import type { Registry } from '../../types.ts';

/** A ConfigMap's or Secret's content. */
export type ConfigData = ReadonlyMap<string, Buffer>;

/** Where containers get their configuration from. Undefined: there is no such object. */
export interface ConfigSources {
  configMap(namespace: string, name: string): ConfigData | undefined;
  secret(namespace: string, name: string): ConfigData | undefined;
}

/** ConfigMaps and Secrets as they are stored now. */
export function registrySources(registry: Registry): ConfigSources {
  return {
    configMap(namespace, name) {
      const object: ConfigMap | undefined = read(registry, 'configmaps', namespace, name);
      if (!object) return undefined;
      const text = Object.entries(object.data ?? {}).map(
        ([key, value]) => [key, Buffer.from(value)] as const,
      );
      return new Map([...text, ...decoded(object.binaryData)]);
    },
    secret(namespace, name) {
      const object: Secret | undefined = read(registry, 'secrets', namespace, name);
      return object && new Map(decoded(object.data));
    },
  };
}

function decoded(data: Readonly<Record<string, string>> | undefined): (readonly [string, Buffer])[] {
  return Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]);
}

function read(registry: Registry, plural: string, namespace: string, name: string): object | undefined {
  const resource = registry.resource('', plural);
  return resource && registry.get(resource, namespace, name);
}
