import { isList, isObject, type Json, type JsonObject } from '../../../kubernetes/json.ts';
import { propertySchema, type Schema } from '../../../kubernetes/openapi/schema.ts';
import { type FieldSet, isLeaf, itemStep } from './fieldSet.ts';

/** `current` with the configuration laid over it: objects by field, lists with keys by item, sets as a union. */
export function mergeApplied(
  schema: Schema | undefined,
  current: JsonObject,
  applied: JsonObject,
): JsonObject {
  const merged: Record<string, Json | undefined> = { ...current };
  for (const [name, value] of Object.entries(applied)) {
    if (value === undefined) continue;
    merged[name] = mergeValue(schema && propertySchema(schema, name), current[name], value);
  }
  return merged;
}

function mergeValue(schema: Schema | undefined, current: Json | undefined, applied: Json): Json {
  if (isObject(applied) && isObject(current) && schema?.['x-kubernetes-map-type'] !== 'atomic') {
    return mergeApplied(schema, current, applied);
  }
  if (!isList(applied) || !isList(current)) return applied;
  const type = schema?.['x-kubernetes-list-type'];
  if (type === 'set') {
    const known = new Set(current.map((item) => JSON.stringify(item)));
    return [...current, ...applied.filter((item) => !known.has(JSON.stringify(item)))];
  }
  return type === 'map' && schema ? mergeItems(schema, current, applied) : applied;
}

function mergeItems(schema: Schema, current: readonly Json[], applied: readonly Json[]): Json {
  const wanted = new Map(applied.filter(isObject).map((item) => [itemStep(schema, item), item]));
  const merged = current.map((item) => {
    const step = isObject(item) ? itemStep(schema, item) : '';
    const change = wanted.get(step);
    wanted.delete(step);
    return change && isObject(item) ? mergeApplied(schema.items, item, change) : item;
  });
  return [...merged, ...wanted.values()];
}

/** `current` without the fields of a set. An item of a list goes when the set has the item itself. */
export function without(schema: Schema | undefined, current: JsonObject, fields: FieldSet): JsonObject {
  const left: Record<string, Json | undefined> = { ...current };
  for (const [step, inner] of Object.entries(fields)) {
    const name = step.slice(2);
    const value = current[name];
    if (!step.startsWith('f:') || value === undefined) continue;
    const next = isLeaf(inner)
      ? undefined
      : withoutInner(schema && propertySchema(schema, name), value, inner);
    if (next === undefined) delete left[name];
    else left[name] = next;
  }
  return left;
}

function withoutInner(schema: Schema | undefined, value: Json, fields: FieldSet): Json | undefined {
  if (isObject(value)) {
    const left = without(schema, value, fields);
    return Object.keys(left).length === 0 && Object.keys(value).length > 0 ? undefined : left;
  }
  if (!isList(value)) return undefined;
  const left: Json[] = [];
  for (const item of value) {
    const inner = isObject(item) ? fields[itemStep(schema, item)] : undefined;
    if (fields[`v:${JSON.stringify(item)}`] !== undefined || inner?.['.'] !== undefined) continue;
    left.push(inner && isObject(item) ? without(schema?.items, item, inner) : item);
  }
  return left.length === 0 ? undefined : left;
}
