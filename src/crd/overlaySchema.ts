import { definitionSchema, podTemplateSchema, type Schema } from '../kubernetes/openapi/schema.ts';
import type { StructuralSchema } from './structuralSchema.ts';

/**
 * How deep the types of an overlay go; what lies below is any value. At this depth a container's env, ports and resources
 * are typed, and the API server takes 41 MiB more for all our CRDs; one deeper it takes 88 (`npm run bench:peers -- endwell crds`).
 */
const DEPTH = 6;

/** No template can have them: they are added to a pod that runs. */
const NOT_IN_A_TEMPLATE = new Set(['ephemeralContainers']);

const ANYTHING: StructuralSchema = { 'x-kubernetes-preserve-unknown-fields': true };

/**
 * The schema of a pod template overlay, from Kubernetes' own: types of known fields, nothing required, unknown fields
 * kept. Lists that Kubernetes merges by key are plain lists here: an overlay need not name the key of everything.
 */
export function overlaySchema(): StructuralSchema {
  const template = podTemplateSchema();
  const metadata = definitionSchema('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');
  return open({
    type: 'object',
    properties: {
      metadata: typesOf(metadata, DEPTH - 1),
      spec: typesOf(template.properties?.['spec'] ?? {}, DEPTH - 1),
    },
  });
}

function typesOf(schema: Schema, depth: number): StructuralSchema {
  if (schema.definition === 'Quantity' || schema['x-kubernetes-int-or-string'] === true) {
    return { 'x-kubernetes-int-or-string': true };
  }
  if (schema.type === undefined) {
    return ANYTHING;
  }
  if (schema.type === 'array') {
    const items = depth <= 0 ? ANYTHING : typesOf(schema.items ?? {}, depth - 1);
    return { type: 'array', items };
  }
  return schema.type === 'object' ? objectTypes(schema, depth) : { type: schema.type };
}

function objectTypes(schema: Schema, depth: number): StructuralSchema {
  if (depth <= 0) {
    return open({ type: 'object' });
  }
  if (typeof schema.additionalProperties === 'object') {
    return { type: 'object', additionalProperties: typesOf(schema.additionalProperties, depth - 1) };
  }
  const properties = Object.entries(schema.properties ?? {}).filter(([name]) => !NOT_IN_A_TEMPLATE.has(name));
  return open({
    type: 'object',
    ...(properties.length === 0
      ? {}
      : {
          properties: Object.fromEntries(
            properties.map(([name, inner]) => [name, typesOf(inner, depth - 1)]),
          ),
        }),
  });
}

function open(schema: StructuralSchema): StructuralSchema {
  return { ...schema, 'x-kubernetes-preserve-unknown-fields': true };
}
