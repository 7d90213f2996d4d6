import * as z from 'zod';
import { type ProblemCode, problemKinds } from './problemCodes.ts';

/** Media type of a refusal (RFC 9457). */
export const PROBLEM_TYPE = 'application/problem+json';

/** One field that was refused: where it stands in the request, and what is wrong and allowed. */
export interface FieldProblem {
  /** Path as in `spec.main.spec.containers[0].image`; '' for the body as a whole. */
  readonly field: string;
  readonly message: string;
}

const codes = Object.keys(problemKinds) as [ProblemCode, ...ProblemCode[]];

/** Body of every answer with a status of 400 and above (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.string().describe('A name of the code that is a URI'),
    title: z.string(),
    status: z.int(),
    code: z.enum(codes).describe('Stable; compare this, not the texts'),
    detail: z.string().describe('What failed, why, and what to do, in one line'),
    problems: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .describe('The fields that were refused'),
    retryAt: z.string().optional().describe('RFC 3339; when the same request may succeed'),
    run: z.string().optional().describe('Name of the run that stands in the way'),
  })
  .meta({ id: 'Problem' });

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
