import { isList, isObject, type Json, type JsonObject, setField } from '../../kubernetes/json.ts';
import type { ResourceInfo } from '../types.ts';
import type { CrdSchema } from './crd.ts';

const OBJECT_META = '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** The component of /openapi/v3 for one version of a custom resource, by its full name (`dev.endwell.v1.Run`). */
export function customResourceOpenapi(
  info: ResourceInfo,
  root: CrdSchema,
): Readonly<Record<string, JsonObject>> {
  const { group, version, kind } = info;
  const domain = group.split('.').reverse().join('.');
  const { 'x-kubernetes-embedded-resource': _embedded, ...schema } = root;
  const properties = {
    ...(withoutDescriptions((schema.properties ?? {}) as Json) as JsonObject),
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { allOf: [{ $ref: OBJECT_META }] },
  };
  return {
    [`${domain}.${version}.${kind}`]: {
      ...(withoutDescriptions(schema as Json) as JsonObject),
      properties,
      'x-kubernetes-group-version-kind': [{ group, version, kind }],
    },
  };
}

/** Prose is of no use to a client that checks or merges; without it the answer is a fraction of the size. */
function withoutDescriptions(value: Json): Json {
  if (isList(value)) return value.map(withoutDescriptions);
  if (!isObject(value)) return value;
  const kept: { [word: string]: Json } = {};
  for (const [word, inner] of Object.entries(value)) {
    const isProse = word === 'description' && typeof inner === 'string';
    if (inner !== undefined && !isProse) setField(kept, word, withoutDescriptions(inner));
  }
  return kept;
}
