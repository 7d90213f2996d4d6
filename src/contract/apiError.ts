import type { FieldProblem, Problem } from './problem.ts';
import type { ProblemCode } from './problemCodes.ts';

/** A refusal by the API: what a caller can do about it depends on `code`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ProblemCode;
  readonly status: number;
  readonly detail: string;
  readonly problems: readonly FieldProblem[];
  readonly retryAt: string | undefined;

  constructor(problem: Problem) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status;
    this.detail = problem.detail;
    this.problems = problem.problems ?? [];
    this.retryAt = problem.retryAt;
  }
}

/** No answer of the API came: nothing listens there, the connection broke, or something else answered. */
export class ApiUnreachableError extends Error {
  override readonly name = 'ApiUnreachableError';
  readonly url: string;

  constructor(url: string, why: string, options?: ErrorOptions) {
    super(`calling ${url.replace(/[?#].*$/, '')}: ${why}`, options);
    this.url = url;
  }
}
