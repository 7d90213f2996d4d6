import { z } from 'zod';
import type { FieldProblem } from './problem.ts';

/** Field problems in one answer: enough to mend a file in one go, short enough to read. */
const MAX_FIELD_PROBLEMS = 20;

/**
 * What a schema refused, one entry a field: where it stands and what is allowed there. An unknown field is an entry
 * of its own that lists the known ones. At most 20 entries.
 */
export function fieldProblems(error: z.ZodError, schema: z.ZodType): FieldProblem[] {
  return error.issues.flatMap((issue) => fromIssue(issue, schema)).slice(0, MAX_FIELD_PROBLEMS);
}

function fromIssue(issue: z.core.$ZodIssue, schema: z.ZodType): FieldProblem[] {
  const field = fieldPath(issue.path);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownField(key, issue.path, schema));
  if (issue.code === 'invalid_type' && issue.input === undefined && !issue.message.includes('received')) {
    return [{ field, message: `is required: ${issue.expected}` }];
  }
  return [{ field, message: issue.message }];
}

function unknownField(key: string, path: readonly PropertyKey[], schema: z.ZodType): FieldProblem {
  const known = knownFields(schema, path);
  const allowed = known.length === 0 ? 'no fields are allowed here' : `allowed: ${known.join(', ')}`;
  return { field: fieldPath([...path, key]), message: `unknown field; ${allowed}` };
}

/** `spec.main.spec.containers[0].image`. */
function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

function knownFields(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: z.ZodType | undefined = unwrapped(schema);
  for (const part of path) at = unwrapped(child(at, part));
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function child(schema: z.ZodType | undefined, part: PropertyKey): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) return (schema.shape as Record<PropertyKey, z.ZodType>)[part];
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  return schema instanceof z.ZodRecord ? (schema.valueType as z.ZodType) : undefined;
}

function unwrapped(schema: z.ZodType | undefined): z.ZodType | undefined {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return unwrapped(schema.unwrap() as z.ZodType);
  }
  return schema;
}
