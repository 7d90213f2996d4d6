import type { Json, JsonObject } from '../json.ts';
import document from './kubernetes.json' with { type: 'json' };

/**
 * A schema whose references are followed: a property that refers to a definition *is* that definition.
 * Definitions may contain themselves, so the graph can have cycles.
 */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly default?: Json;
  readonly enum?: readonly Json[];
  /** Name of the type in Kubernetes' source, as `PodSpec`, `Quantity`; undefined for a schema written in place. */
  readonly definition?: string;
  readonly 'x-kubernetes-patch-merge-key'?: string;
  /** `merge`, `retainKeys`, `replace`, or two of them with a comma. */
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
}

type Definitions = Readonly<Record<string, JsonObject>>;

/** The OpenAPI v3 components as the API server publishes them, without descriptions; by full name. */
export const openapiDefinitions: Definitions = document.definitions;

const linked = new Map<string, Schema>();

/** The schema of one definition by its full name, as `io.k8s.api.core.v1.PodSpec`. Throws on an unknown name. */
export function definitionSchema(name: string): Schema {
  const known = linked.get(name);
  if (known !== undefined) return known;
  const definition = openapiDefinitions[name];
  if (definition === undefined) {
    throw new Error(`finding the schema of ${name}: kubernetes.json has no such definition`);
  }
  const schema: Schema = {};
  linked.set(name, schema);
  Object.assign(schema, link(definition), { definition: name.slice(name.lastIndexOf('.') + 1) });
  return schema;
}

/** The full name of the definition of a kind, as /openapi/v3 refers to it. */
export function definitionName(group: string, version: string, kind: string): string | undefined {
  return Object.keys(openapiDefinitions).find((name) => {
    const kinds = openapiDefinitions[name]?.['x-kubernetes-group-version-kind'];
    const [gvk] = Array.isArray(kinds) ? (kinds as readonly JsonObject[]) : [];
    return gvk?.['group'] === group && gvk['version'] === version && gvk['kind'] === kind;
  });
}

/** The schema of `spec.template` of a Job, which is also what a pod overlay is laid over. */
export function podTemplateSchema(): Schema {
  return definitionSchema('io.k8s.api.core.v1.PodTemplateSpec');
}

/** The schema of one field of an object, also of a map's value; undefined when the schema doesn't know it. */
export function propertySchema(schema: Schema, name: string): Schema | undefined {
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, name))
    return schema.properties[name];
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

function link(raw: JsonObject): Schema {
  const reference = referenceOf(raw);
  if (reference !== undefined) return definitionSchema(reference);
  const schema: { [word: string]: unknown } = {};
  for (const [word, value] of Object.entries(raw)) {
    schema[word] = linkWord(word, value as Json);
  }
  return schema;
}

function linkWord(word: string, value: Json): unknown {
  if (word === 'items' || (word === 'additionalProperties' && typeof value === 'object')) {
    return link(value as JsonObject);
  }
  if (word !== 'properties') return value;
  const properties: { [name: string]: Schema } = {};
  for (const [name, property] of Object.entries(value as JsonObject)) {
    properties[name] = link(property as JsonObject);
  }
  return properties;
}

/** What stands beside a reference (defaults that are Go's zero values) says nothing about what is valid. */
function referenceOf(raw: JsonObject): string | undefined {
  const [first] = (raw['allOf'] ?? []) as readonly JsonObject[];
  const reference = raw['$ref'] ?? first?.['$ref'];
  return typeof reference === 'string' ? reference.slice(reference.lastIndexOf('/') + 1) : undefined;
}
