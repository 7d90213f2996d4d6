import { isList, isObject } from '../../kubernetes/json.ts';
import type { Schema } from '../../kubernetes/openapi/schema.ts';

/** What people call the JSON types. */
const WORDS = {
  object: 'an object',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
} as const satisfies Record<NonNullable<Schema['type']>, string>;

/**
 * The first value in an overlay that has not the type of its field, as a sentence that names both. Fields that the
 * schema does not know pass: a newer Kubernetes may.
 */
export function overlayTypeProblem(schema: Schema, value: unknown, path: string): string | undefined {
  if (value === null || value === undefined) {
    return undefined;
  }
  if (schema['x-kubernetes-int-or-string'] === true || schema.type === undefined) {
    return undefined;
  }
  if (!hasType(schema.type, value)) {
    return schema.definition === 'Quantity' && typeof value === 'number'
      ? undefined
      : `${path} must be ${WORDS[schema.type]}`;
  }
  if (isList(value)) {
    return firstProblem(value, (item, index) =>
      schema.items === undefined ? undefined : overlayTypeProblem(schema.items, item, `${path}[${index}]`),
    );
  }
  return isObject(value)
    ? firstProblem(Object.keys(value), (field) => {
        const inner = fieldSchema(schema, field);
        return inner === undefined ? undefined : overlayTypeProblem(inner, value[field], `${path}.${field}`);
      })
    : undefined;
}

function hasType(type: NonNullable<Schema['type']>, value: unknown): boolean {
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return isList(value);
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
    case 'string':
    case 'boolean':
      return typeof value === type;
    default:
      return type satisfies never;
  }
}

function fieldSchema(schema: Schema, field: string): Schema | undefined {
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, field)) {
    return schema.properties[field];
  }
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

function firstProblem<T>(items: readonly T[], problemOf: (item: T, index: number) => string | undefined) {
  for (const [index, item] of items.entries()) {
    const problem = problemOf(item, index);
    if (problem !== undefined) {
      return problem;
    }
  }
  return undefined;
}
