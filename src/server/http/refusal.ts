import { type Problem, type ProblemExtras, problemOf } from '../../contract/problem.ts';
import type { ProblemCode } from '../../contract/problemCodes.ts';

/** Thrown by a handler to answer with a problem. `retryAfterSeconds` becomes the Retry-After header. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly problem: Problem;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ProblemCode,
    detail: string,
    extras: ProblemExtras & { readonly retryAfterSeconds?: number; readonly cause?: unknown } = {},
  ) {
    const { retryAfterSeconds, cause, ...rest } = extras;
    super(detail, cause === undefined ? undefined : { cause });
    this.problem = problemOf(code, detail, rest);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
