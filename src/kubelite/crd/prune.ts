import { isList, isObject, type Json, type JsonObject, setField } from '../../kubernetes/json.ts';
import { type CrdSchema, fieldPath, OBJECT_FIELDS, ownSchema } from './crd.ts';

/** What is left of an object, and the paths of the fields that the schema doesn't know. */
export interface Pruned {
  readonly object: JsonObject;
  /** In alphabetical order, as the API server names them. */
  readonly unknownFields: readonly string[];
}

/** An object of the kind without the fields that its schema doesn't know. Metadata is not looked at. */
export function prune(schema: CrdSchema, object: JsonObject): Pruned {
  const unknownFields: string[] = [];
  const pruned = pruneObject(
    { ...schema, 'x-kubernetes-embedded-resource': true },
    object,
    '',
    unknownFields,
  );
  return { object: pruned, unknownFields: unknownFields.sort() };
}

function pruneValue(schema: CrdSchema, value: Json, path: string, unknown: string[]): Json {
  if (isList(value)) {
    const { items } = schema;
    return items ? value.map((item, index) => pruneValue(items, item, `${path}[${index}]`, unknown)) : value;
  }
  return isObject(value) ? pruneObject(schema, value, path, unknown) : value;
}

function pruneObject(schema: CrdSchema, object: JsonObject, path: string, unknown: string[]): JsonObject {
  const kept: { [field: string]: Json } = {};
  const keepsUnknown =
    schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true;
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    const inner = fieldPath(path, name);
    const known = ownSchema(schema, name);
    const isObjectField = schema['x-kubernetes-embedded-resource'] === true && OBJECT_FIELDS.includes(name);
    if (isObjectField) setField(kept, name, value);
    else if (known) setField(kept, name, pruneValue(known, value, inner, unknown));
    else if (keepsUnknown) setField(kept, name, value);
    else unknown.push(inner);
  }
  return kept;
}
