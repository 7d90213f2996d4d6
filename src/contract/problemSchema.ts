import * as z from 'zod';
import { type ProblemCode, problemKinds } from './problemCodes.ts';

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
