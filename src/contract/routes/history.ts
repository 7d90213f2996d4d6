import * as z from 'zod';
import { addresses } from '../addresses.ts';
import type { Route } from '../route.ts';

/** Routes about the history itself. */
export const historyRoutes = {
  historyState: {
    ...addresses.historyState,
    summary: 'Whether this server has a history, and whether that answers',
    rights: 'none beside being known',
    answers: {
      200: {
        description: 'The state',
        schema: z.object({
          configured: z
            .boolean()
            .describe('False: evidence is what the status of a run holds, and goes with it'),
          wholeLogs: z.boolean().describe('There is a log store for spec.logs Whole and Follow'),
          opening: z.boolean().describe('It is being opened, which takes seconds: ask again'),
          problem: z.string().nullable().describe('Why it does not answer, and what to do'),
        }),
      },
    },
    problems: [],
  },
} as const satisfies Record<string, Route>;
