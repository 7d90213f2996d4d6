import { isObject, type Json, type JsonObject, setField } from './json.ts';

/** `base` with a JSON merge patch laid over it (RFC 7386): null deletes, lists are replaced. Changes neither. */
export function mergePatch(base: JsonObject, patch: JsonObject): JsonObject {
  const merged: { [field: string]: Json | undefined } = { ...base };
  for (const [field, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) delete merged[field];
    else setField(merged, field, mergeValue(Object.hasOwn(base, field) ? base[field] : undefined, value));
  }
  return merged;
}

function mergeValue(base: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  return mergePatch(isObject(base) ? base : {}, patch);
}
