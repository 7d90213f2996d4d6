import { type ProblemCode, problemKinds } from './problemCodes.ts';

/** Media type of a refusal (RFC 9457). */
export const PROBLEM_TYPE = 'application/problem+json';

/** One field that was refused: where it stands in the request, and what is wrong and allowed. */
export interface FieldProblem {
  /** Path as in `spec.main.spec.containers[0].image`; '' for the body as a whole. */
  readonly field: string;
  readonly message: string;
}

/** Body of a refusal. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly problems?: readonly FieldProblem[];
  readonly retryAt?: string;
  readonly run?: string;
}

/** What a refusal may say beside its code and detail. */
export interface ProblemExtras {
  readonly problems?: readonly FieldProblem[];
  readonly retryAt?: string;
  readonly run?: string;
}

/** Builds the body of a refusal; status and title come from the table of codes. */
export function problemOf(code: ProblemCode, detail: string, extras: ProblemExtras = {}): Problem {
  const { status, title } = problemKinds[code];
  return { type: `urn:endwell:problem:${code}`, title, status, code, detail, ...extras };
}

/**
 * Whether a body is a refusal of this API, and not of something else that answers in its place. As `problemSchema`, but
 * without what that costs a client to load.
 */
export function isProblem(body: unknown): body is Problem {
  const { code, detail, problems = [] } = (body ?? {}) as Readonly<Record<keyof Problem, unknown>>;
  if (typeof code !== 'string' || !Object.hasOwn(problemKinds, code) || typeof detail !== 'string')
    return false;
  return Array.isArray(problems) && problems.every(isFieldProblem);
}

function isFieldProblem(problem: unknown): problem is FieldProblem {
  const { field, message } = (problem ?? {}) as Readonly<Record<keyof FieldProblem, unknown>>;
  return typeof field === 'string' && typeof message === 'string';
}
