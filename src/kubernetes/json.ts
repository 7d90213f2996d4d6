/** Any value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object; a field that isn't there reads as undefined. */
export interface JsonObject {
  readonly [field: string]: Json | undefined;
}

/** True for a JSON object: neither null nor a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for a JSON list. */
export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/** True when two JSON values are equal; the order of an object's fields doesn't count. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (isList(a)) {
    return isList(b) && a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const fieldsOfA = presentFields(a);
  return (
    fieldsOfA.length === presentFields(b).length &&
    fieldsOfA.every((field) => Object.hasOwn(b, field) && sameJson(a[field], b[field]))
  );
}

function presentFields(object: JsonObject): string[] {
  return Object.keys(object).filter((field) => object[field] !== undefined);
}

/**
 * Sets an own field of an object that is being built, also one named `__proto__`,
 * which a plain assignment would take for the prototype.
 */
export function setField(target: { [field: string]: Json | undefined }, field: string, value: Json): void {
  if (field === '__proto__') {
    Object.defineProperty(target, field, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[field] = value;
  }
}
