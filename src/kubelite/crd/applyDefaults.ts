import { isList, isObject, type Json, type JsonObject, setField } from '../../kubernetes/json.ts';
import { type CrdSchema, ownSchema } from './crd.ts';

/**
 * An object with the defaults of its schema, at every level. A null where the schema allows none is as if it weren't
 * there: the default takes its place, else it goes.
 */
export function applyDefaults(schema: CrdSchema, object: JsonObject): JsonObject {
  const filled: { [field: string]: Json } = {};
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    const property = ownSchema(schema, name);
    if (property === undefined) setField(filled, name, value);
    else if (value !== null || property.nullable === true) setField(filled, name, fill(property, value));
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const value = property.default;
    if (value !== undefined && !Object.hasOwn(filled, name)) setField(filled, name, fill(property, value));
  }
  return filled;
}

function fill(schema: CrdSchema, value: Json): Json {
  const { items } = schema;
  if (isList(value)) return items ? value.map((item) => fill(items, item)) : value;
  return isObject(value) ? applyDefaults(schema, value) : value;
}
