import { isList, isObject, type Json, type JsonObject } from '../../../kubernetes/json.ts';
import { propertySchema, type Schema } from '../../../kubernetes/openapi/schema.ts';

/**
 * A set of fields in the form of `managedFields[].fieldsV1`: `f:NAME` for a field, `k:{…}` for an item of a list with
 * keys, `v:…` for an item of a set, `.` for such an item itself. A leaf is empty.
 */
export interface FieldSet {
  readonly [step: string]: FieldSet;
}

const LEAF: FieldSet = {};

/** The fields that `object` sets. Lists without keys are one field as a whole. */
export function fieldsOf(schema: Schema | undefined, object: JsonObject): FieldSet {
  const fields: Record<string, FieldSet> = {};
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    fields[`f:${name}`] = fieldsOfValue(schema && propertySchema(schema, name), value);
  }
  return fields;
}

function fieldsOfValue(schema: Schema | undefined, value: Json): FieldSet {
  if (isObject(value) && schema?.['x-kubernetes-map-type'] !== 'atomic') return fieldsOf(schema, value);
  if (!isList(value)) return LEAF;
  const type = schema?.['x-kubernetes-list-type'];
  const fields: Record<string, FieldSet> = {};
  for (const item of value) {
    if (type === 'set') fields[`v:${JSON.stringify(item)}`] = LEAF;
    else if (type === 'map' && isObject(item)) {
      fields[itemStep(schema, item)] = { '.': LEAF, ...fieldsOf(schema?.items, item) };
    } else return LEAF;
  }
  return fields;
}

/** How an item of a list with keys is named: `k:{"name":"main"}`. */
export function itemStep(schema: Schema | undefined, item: JsonObject): string {
  const keys = [...(schema?.['x-kubernetes-list-map-keys'] ?? [])].sort();
  const named = keys.map((key) => [key, item[key] ?? schema?.items?.properties?.[key]?.default]);
  return `k:${JSON.stringify(Object.fromEntries(named.filter(([, value]) => value !== undefined)))}`;
}

/** The fields of `a` that aren't in `b`; undefined when there is none. */
export function minus(a: FieldSet, b: FieldSet | undefined): FieldSet | undefined {
  if (b === undefined) return a;
  const left: Record<string, FieldSet> = {};
  for (const [step, inner] of Object.entries(a)) {
    const other = b[step];
    const rest = other === undefined ? inner : isLeaf(inner) ? undefined : minus(inner, other);
    if (rest) left[step] = rest;
  }
  return Object.keys(left).length > 0 ? left : undefined;
}

/** The fields that are in both; undefined when there is none. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const both: Record<string, FieldSet> = {};
  for (const [step, inner] of Object.entries(a)) {
    const other = b[step];
    if (other === undefined) continue;
    const common = isLeaf(inner) || isLeaf(other) ? LEAF : intersection(inner, other);
    if (common) both[step] = common;
  }
  return Object.keys(both).length > 0 ? both : undefined;
}

/** True for a field without fields of its own. */
export function isLeaf(fields: FieldSet): boolean {
  return Object.keys(fields).length === 0;
}
