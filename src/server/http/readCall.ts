import type { z } from 'zod';
import { sayField } from '../../contract/fieldProblem.ts';
import type { ProblemCode } from '../../contract/problemCodes.ts';
import type { Route } from '../../contract/route.ts';
import { problemsOf } from '../../core/run/specProblems.ts';
import { Refusal } from './refusal.ts';

/** A request's parts as they came. */
export interface RawCall {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: unknown;
  /** Text of the body, '' without one. */
  readonly body: string;
}

/** The parts after the route's schemas; undefined where the route has none. */
export interface ReadCall {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: unknown;
  readonly body: unknown;
}

/** Field problems in one answer: enough to mend a file in one go, short enough to read. */
const MAX_PROBLEMS = 20;

/**
 * Reads a request by its route's schemas. Refuses with 400 what is wrong in path, query, headers or JSON, with 422 what
 * is wrong in the object, naming each field and what is allowed there.
 */
export function readCall(route: Route, raw: RawCall): ReadCall {
  return {
    params: read(route.params, raw.params, 'BadRequest', 'path'),
    query: read(route.query, raw.query, 'BadRequest', 'query'),
    headers: read(route.headers, raw.headers, 'BadRequest', 'header'),
    body: route.body === undefined ? undefined : read(route.body, parseJson(raw.body), 'SpecInvalid', ''),
  };
}

function read(schema: z.ZodType | undefined, input: unknown, code: ProblemCode, root: string): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw refusalOfFields(code, problemsOf(parsed.error, schema, input, root));
}

/** The refusal of fields: its detail says the first in full and how many more there are. */
export function refusalOfFields(
  code: ProblemCode,
  problems: readonly { readonly field: string; readonly message: string }[],
): Refusal {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new Refusal(code, `${sayField(first?.field ?? '', first?.message ?? '')}${more}`, {
    problems: problems.slice(0, MAX_PROBLEMS),
  });
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Refusal('BadRequest', `the body is not JSON: ${(cause as Error).message}`, { cause });
  }
}
