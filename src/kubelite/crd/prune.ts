import { isList, isObject, type Json, type JsonObject, setField } from '../../kubernetes/json.ts';
import { decodeObject } from '../../kubernetes/openapi/decode.ts';
import { definitionSchema } from '../../kubernetes/openapi/schema.ts';
import { type CrdSchema, fieldPath, OBJECT_FIELDS, ownSchema } from './crd.ts';

/** What is left of an object, and the paths of the fields that the schema doesn't know. */
export interface Pruned {
  readonly object: JsonObject;
  /** In alphabetical order, as the API server names them. */
  readonly unknownFields: readonly string[];
  /** Why its metadata, or an embedded object's, can't be read, in the API server's words. */
  readonly problems: readonly string[];
}

interface Findings {
  readonly unknown: string[];
  readonly problems: string[];
}

/** An object of the kind without the fields that its schema, or Kubernetes' of metadata, doesn't know. */
export function prune(schema: CrdSchema, object: JsonObject): Pruned {
  const findings: Findings = { unknown: [], problems: [] };
  const pruned = pruneObject({ ...schema, 'x-kubernetes-embedded-resource': true }, object, '', findings);
  return { object: pruned, unknownFields: findings.unknown.sort(), problems: findings.problems };
}

function pruneValue(schema: CrdSchema, value: Json, path: string, findings: Findings): Json {
  if (isList(value)) {
    const { items } = schema;
    return items ? value.map((item, index) => pruneValue(items, item, `${path}[${index}]`, findings)) : value;
  }
  return isObject(value) ? pruneObject(schema, value, path, findings) : value;
}

function pruneObject(schema: CrdSchema, object: JsonObject, path: string, findings: Findings): JsonObject {
  const kept: { [field: string]: Json } = {};
  const keepsUnknown =
    schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true;
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    const inner = fieldPath(path, name);
    const known = ownSchema(schema, name);
    const isObjectField = schema['x-kubernetes-embedded-resource'] === true && OBJECT_FIELDS.includes(name);
    if (isObjectField)
      setField(kept, name, name === 'metadata' ? decodeMetadata(value, inner, findings) : value);
    else if (known) setField(kept, name, pruneValue(known, value, inner, findings));
    else if (keepsUnknown) setField(kept, name, value);
    else findings.unknown.push(inner);
  }
  return kept;
}

const METADATA = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

function decodeMetadata(value: Json, path: string, findings: Findings): Json {
  if (!isObject(value)) return value;
  const { object, unknownFields, problems } = decodeObject(definitionSchema(METADATA), value);
  findings.unknown.push(...unknownFields.map((field) => fieldPath(path, field)));
  const prefix = path === 'metadata' ? '' : `${path}: Invalid value: ${JSON.stringify(value)}: `;
  findings.problems.push(...problems.map(({ sentence }) => `${prefix}${sentence}`));
  return object;
}
