import {
  type FieldError,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from '../../kubernetes/fieldError.ts';
import { isList, isObject, type Json, type JsonObject, sameJson } from '../../kubernetes/json.ts';
import { type CrdSchema, fieldPath, ownSchema } from './crd.ts';
import { hasFormat } from './formats.ts';

/**
 * What is wrong with a value by its schema, in the API server's words; rules and uniqueness in lists are looked at
 * elsewhere. What is as it was in `old` is not looked at again: tightening a schema breaks no stored object.
 */
export function validateValue(
  schema: CrdSchema,
  value: Json,
  path: string,
  old: Json | undefined,
): readonly FieldError[] {
  if (old !== undefined && sameJson(value, old)) return [];
  if (value === null && schema.nullable === true) return [];
  const wrongType = typeError(schema, value, path);
  return [
    ...(wrongType ? [wrongType] : kindErrors(schema, value, path, old)),
    ...enumErrors(schema, value, path),
    ...combinedErrors(schema, value, path),
  ];
}

function typeError(schema: CrdSchema, value: Json, path: string): FieldError | undefined {
  const wanted = schema['x-kubernetes-int-or-string'] === true ? 'integer,string' : schema.type;
  const found = jsonType(value);
  if (
    wanted === undefined ||
    wanted.split(',').includes(found) ||
    (wanted === 'number' && found === 'integer')
  ) {
    return undefined;
  }
  return typeInvalid(path, found, `${path} in body must be of type ${wanted}: "${found}"`);
}

/** The type as the API server names it: an integer that an int64 can't hold is a number. */
export function jsonType(value: Json): string {
  if (isList(value)) return 'array';
  if (value === null) return 'null';
  if (typeof value === 'number')
    return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? 'integer' : 'number';
  return typeof value;
}

function kindErrors(
  schema: CrdSchema,
  value: Json,
  path: string,
  old: Json | undefined,
): readonly FieldError[] {
  if (typeof value === 'string') return textErrors(schema, value, path);
  if (typeof value === 'number') return numberErrors(schema, value, path);
  if (isList(value)) return listErrors(schema, value, path, old);
  return isObject(value) ? objectErrors(schema, value, path, old) : [];
}

function textErrors(schema: CrdSchema, text: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const length = Array.from(text).length;
  const { minLength, maxLength, pattern, format } = schema;
  if (maxLength !== undefined && length > maxLength) errors.push(tooLong(path, maxLength));
  else if (minLength !== undefined && length < minLength) {
    errors.push(invalid(path, text, `${path} in body should be at least ${minLength} chars long`));
  } else if (pattern !== undefined && !compiled(pattern).test(text)) {
    errors.push(invalid(path, text, `${path} in body should match '${pattern}'`));
  }
  if (format !== undefined && !hasFormat(format, text)) {
    errors.push(
      typeInvalid(path, text, `${path} in body must be of type ${format}: ${JSON.stringify(text)}`),
    );
  }
  return errors;
}

const patterns = new Map<string, RegExp>();

/** The pattern, compiled once. Throws on one that isn't a regular expression; those are refused with their CRD. */
export function compiled(pattern: string): RegExp {
  const known = patterns.get(pattern) ?? new RegExp(pattern, 'u');
  patterns.set(pattern, known);
  return known;
}

function numberErrors(schema: CrdSchema, value: number, path: string): FieldError[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const fail = (detail: string) => [invalid(path, value, `${path} in body should be ${detail}`)];
  const isOff = multipleOf !== undefined && !Number.isInteger(Number((value / multipleOf).toPrecision(12)));
  return [
    ...(isOff ? fail(`a multiple of ${multipleOf}`) : []),
    ...(maximum !== undefined && exclusiveMaximum && value >= maximum ? fail(`less than ${maximum}`) : []),
    ...(maximum !== undefined && !exclusiveMaximum && value > maximum
      ? fail(`less than or equal to ${maximum}`)
      : []),
    ...(minimum !== undefined && exclusiveMinimum && value <= minimum ? fail(`greater than ${minimum}`) : []),
    ...(minimum !== undefined && !exclusiveMinimum && value < minimum
      ? fail(`greater than or equal to ${minimum}`)
      : []),
  ];
}

function listErrors(
  schema: CrdSchema,
  list: readonly Json[],
  path: string,
  old: Json | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  const { minItems, maxItems, items } = schema;
  if (maxItems !== undefined && list.length > maxItems) errors.push(tooMany(path, list.length, maxItems));
  if (minItems !== undefined && list.length < minItems) {
    errors.push(invalid(path, list.length, `${path} in body should have at least ${minItems} items`));
  }
  if (items === undefined) return errors;
  for (const [index, item] of list.entries()) {
    errors.push(...validateValue(items, item, `${path}[${index}]`, oldItem(schema, item, old)));
  }
  return errors;
}

/** The item of the old list that is the same one: by its keys, where the list is a map. */
export function oldItem(schema: CrdSchema, item: Json, old: Json | undefined): Json | undefined {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || keys === undefined || !isList(old) || !isObject(item))
    return undefined;
  return old.find((other) => isObject(other) && keys.every((key) => sameJson(other[key], item[key])));
}

function objectErrors(
  schema: CrdSchema,
  object: JsonObject,
  path: string,
  old: Json | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  const count = Object.keys(object).length;
  const { minProperties, maxProperties } = schema;
  if (maxProperties !== undefined && count > maxProperties) errors.push(tooMany(path, count, maxProperties));
  if (minProperties !== undefined && count < minProperties) {
    errors.push(invalid(path, count, `${path} in body should have at least ${minProperties} properties`));
  }
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(object, name)) errors.push(required(fieldPath(path, name)));
  }
  if (schema['x-kubernetes-embedded-resource'] === true) {
    for (const name of ['apiVersion', 'kind']) {
      if (!object[name]) errors.push(required(fieldPath(path, name)));
    }
  }
  for (const [name, value] of Object.entries(object)) {
    const property = ownSchema(schema, name);
    if (property === undefined || value === undefined) continue;
    const before = isObject(old) && Object.hasOwn(old, name) ? old[name] : undefined;
    errors.push(...validateValue(property, value, fieldPath(path, name), before));
  }
  return errors;
}

function enumErrors(schema: CrdSchema, value: Json, path: string): FieldError[] {
  const allowed = schema.enum;
  if (allowed === undefined || allowed.some((one) => sameJson(one, value))) return [];
  return [
    notSupported(
      path,
      value,
      allowed.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))),
    ),
  ];
}

function combinedErrors(schema: CrdSchema, value: Json, path: string): FieldError[] {
  const check = (one: CrdSchema) => validateValue(one, value, path, undefined);
  const whole = (detail: string) => invalid('<nil>', '', `"${path}" ${detail}`);
  const errors = (schema.allOf ?? []).flatMap(check);
  const any = (schema.anyOf ?? []).map(check);
  if (any.length > 0 && any.every((found) => found.length > 0)) {
    errors.push(whole('must validate at least one schema (anyOf)'), ...(any[0] ?? []));
  }
  const one = (schema.oneOf ?? []).map(check);
  const valid = one.filter((found) => found.length === 0).length;
  if (one.length > 0 && valid !== 1) {
    const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
    errors.push(
      whole(`must validate one and only one schema (oneOf). ${found}`),
      ...(valid === 0 ? (one[0] ?? []) : []),
    );
  }
  if (schema.not && check(schema.not).length === 0) errors.push(whole('must not validate the schema (not)'));
  return errors;
}
