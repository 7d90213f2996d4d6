import { isList, isObject, type Json, type JsonObject, setField } from '../json.ts';
import { type DecodeProblem, type Findings, type Place, pathOf, refuse } from './decodeProblem.ts';
import { decodeScalar } from './decodeScalar.ts';
import { propertySchema, type Schema } from './schema.ts';

/** An object as the API server reads it from JSON. */
export interface Decoded {
  /** Without unknown fields and nulls; quantities and times in their canonical form. */
  readonly object: JsonObject;
  /** Paths of the fields that the schema doesn't know, in the order in which they stand. */
  readonly unknownFields: readonly string[];
  readonly problems: readonly DecodeProblem[];
}

/**
 * Reads an object by the schema of its kind. Changes nothing; never throws. `known` was read before: a field that is
 * the very same list or object there is taken as it is.
 */
export function decodeObject(schema: Schema, object: JsonObject, known?: JsonObject): Decoded {
  const findings: Findings = { unknownFields: [], problems: [] };
  const root: Place = { within: undefined, step: '', owner: '' };
  return { object: decodeFields(schema, object, root, findings, known), ...findings };
}

function decodeValue(schema: Schema, value: Json, place: Place, findings: Findings): Json | undefined {
  if (schema.type === 'array') return decodeList(schema, value, place, findings);
  if (schema.type === 'object') return decodeMap(schema, value, place, findings);
  return decodeScalar(schema, value, place, findings);
}

function decodeList(schema: Schema, value: Json, place: Place, findings: Findings): Json | undefined {
  if (!isList(value)) return refuse(schema, value, place, findings);
  const items = schema.items ?? {};
  const decoded: Json[] = [];
  for (const [index, item] of value.entries()) {
    const inner = { within: place, step: `[${index}]`, owner: place.owner };
    decoded.push(
      item === null ? zeroOf(items) : (decodeValue(items, item, inner, findings) ?? zeroOf(items)),
    );
  }
  return decoded;
}

function decodeMap(schema: Schema, value: Json, place: Place, findings: Findings): Json | undefined {
  if (!isObject(value)) return refuse(schema, value, place, findings);
  if (schema.properties !== undefined) return decodeFields(schema, value, place, findings);
  if (typeof schema.additionalProperties !== 'object') return value;
  const values = schema.additionalProperties;
  const decoded: { [key: string]: Json } = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const inner = { within: place, step: `[${key}]`, owner: place.owner };
    setField(
      decoded,
      key,
      item === null ? zeroOf(values) : (decodeValue(values, item, inner, findings) ?? null),
    );
  }
  return decoded;
}

function decodeFields(
  schema: Schema,
  object: JsonObject,
  place: Place,
  findings: Findings,
  known?: JsonObject,
): JsonObject {
  const decoded: { [field: string]: Json } = {};
  const owner = schema.definition ?? place.owner;
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    const property = propertySchema(schema, name);
    const inner: Place = { within: place, step: name, owner };
    if (property === undefined) findings.unknownFields.push(pathOf(inner));
    if (property === undefined || value === null) continue;
    const isKnown = typeof value === 'object' && known?.[name] === value;
    const read = isKnown ? value : decodeValue(property, value, inner, findings);
    if (read !== undefined) setField(decoded, name, read);
  }
  return decoded;
}

/** What Go makes of a null in a list. */
function zeroOf(schema: Schema): Json {
  switch (schema.type) {
    case 'object':
      return {};
    case 'array':
      return [];
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    case 'string':
    case undefined:
      return '';
    default:
      return schema.type satisfies never;
  }
}
