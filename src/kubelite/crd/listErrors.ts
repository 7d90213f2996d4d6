import { duplicate, type FieldError } from '../../kubernetes/fieldError.ts';
import { isList, isObject, type Json, type JsonObject, sameJson } from '../../kubernetes/json.ts';
import { type CrdSchema, fieldPath, ownSchema } from './crd.ts';

/** Items that stand twice where they may stand once: in lists of type set, and by their keys in those of type map. */
export function uniquenessErrors(schema: CrdSchema, value: Json, path: string): readonly FieldError[] {
  if (isObject(value)) {
    return Object.entries(value).flatMap(([name, inner]) => {
      const property = ownSchema(schema, name);
      return property && inner !== undefined ? uniquenessErrors(property, inner, fieldPath(path, name)) : [];
    });
  }
  const { items } = schema;
  if (!isList(value) || items === undefined) return [];
  return [
    ...doubledErrors(schema, value, path),
    ...value.flatMap((item, index) => uniquenessErrors(items, item, `${path}[${index}]`)),
  ];
}

function doubledErrors(schema: CrdSchema, list: readonly Json[], path: string): FieldError[] {
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return [];
  const identity = (item: Json) => (type === 'map' ? keysOf(schema, item) : item);
  return list.flatMap((item, index) => {
    const own = identity(item);
    const isDoubled = list.slice(0, index).some((other) => sameJson(identity(other), own));
    return isDoubled ? [duplicate(`${path}[${index}]`, own)] : [];
  });
}

function keysOf(schema: CrdSchema, item: Json): JsonObject {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  return Object.fromEntries(keys.map((key) => [key, isObject(item) ? item[key] : undefined]));
}
