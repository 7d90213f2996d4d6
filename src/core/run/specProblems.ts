import type { z } from 'zod';

/** One field that is not as it must be. */
export interface SpecProblem {
  /** Path from the object's root, as `spec.limits.runSeconds`. */
  readonly field: string;
  /** What is wrong and what is allowed. */
  readonly message: string;
}

/**
 * Reads zod's issues as sentences that name the field, what was found and what is allowed. Fields are paths from `root`,
 * which is where the input stands in its object; '' when it is the whole.
 */
export function problemsOf(
  error: z.ZodError,
  schema: z.ZodType,
  input: unknown,
  root = 'spec',
): SpecProblem[] {
  return error.issues.flatMap((issue) => problemsOfIssue(issue, schema, input, root));
}

function problemsOfIssue(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
  input: unknown,
  root: string,
): SpecProblem[] {
  const field = pathText(root, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const allowed = fieldsAt(schema, issue.path);
    return issue.keys.map((key) => ({
      field: pathText(field, [key]),
      message: `is not a field; allowed here: ${allowed.join(', ')}`,
    }));
  }
  return [{ field, message: sentence(issue, valueAt(input, issue.path)) }];
}

function sentence(issue: z.core.$ZodIssue, found: unknown): string {
  if (issue.code === 'invalid_type') {
    return `${found === undefined ? 'is required:' : 'must be'} ${typeWord(issue.expected)}`;
  }
  if (issue.code === 'too_big') {
    return `must be at most ${String(issue.maximum)}${unitOf(issue.origin)}`;
  }
  if (issue.code === 'too_small') {
    return `must be at least ${String(issue.minimum)}${unitOf(issue.origin)}`;
  }
  return issue.code === 'invalid_value'
    ? `must be one of ${issue.values.map(String).join(', ')}`
    : issue.message;
}

function unitOf(origin: string): string {
  if (origin === 'string') {
    return ' characters long';
  }
  return origin === 'array' ? ' items long' : '';
}

function typeWord(expected: string): string {
  switch (expected) {
    case 'int':
    case 'number':
      return expected === 'int' ? 'a whole number' : 'a number';
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list';
    default:
      return `an ${expected}`;
  }
}

function pathText(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, root);
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      value !== null && typeof value === 'object' ? (value as Record<PropertyKey, unknown>)[part] : undefined,
    input,
  );
}

/** Names of the fields that the object at a path may have. */
function fieldsAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = unwrapped(schema);
  for (const part of path) {
    const shape = shapeOf(at);
    at = unwrapped(typeof part === 'number' ? (at as { element?: unknown }).element : shape?.[String(part)]);
  }
  return Object.keys(shapeOf(at) ?? {});
}

function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  return (schema as { shape?: Record<string, unknown> } | undefined)?.shape;
}

function unwrapped(schema: unknown): unknown {
  const inner = (schema as { unwrap?: () => unknown } | undefined)?.unwrap;
  return inner !== undefined &&
    shapeOf(schema) === undefined &&
    (schema as { element?: unknown }).element === undefined
    ? unwrapped(inner.call(schema))
    : schema;
}
