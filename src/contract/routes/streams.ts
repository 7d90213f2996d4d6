import * as z from 'zod';
import { addresses } from '../addresses.ts';
import type { Route } from '../route.ts';
import { flag, inNamespace, runKindSchema } from './parts.ts';

/** Routes that speak of everything the caller may see. */
export const streamRoutes = {
  stream: {
    ...addresses.stream,
    summary: 'All changes of runs that the caller may see',
    rights:
      'watch runs.endwell.dev; OMJobs are among them for whoever may watch omjobs.pipelines.openmetadata.org. With `kind` the right on that kind alone',
    query: z.strictObject({
      ...inNamespace,
      kind: runKindSchema.optional().describe('Only runs of this kind; left out: of both'),
      allNamespaces: flag,
      selector: z.string().max(4096).optional().describe('Label selector, as kubectl writes it'),
    }),
    headers: z.object({ 'last-event-id': z.string().max(128).optional().describe('`<uid>/<revision>`') }),
    answers: {
      200: {
        description:
          'Events `run` and `deleted` (data: the run). Without Last-Event-ID, or where it is too old, first `reset`, ' +
          'then every run that exists, then `synced`',
        mediaType: 'text/event-stream',
      },
    },
    problems: [],
  },
  openapi: {
    ...addresses.openapi,
    summary: 'This API as an OpenAPI 3.1 document',
    rights: 'none',
    answers: { 200: { description: 'The document', schema: z.looseObject({ openapi: z.string() }) } },
    problems: [],
  },
} as const satisfies Record<string, Route>;
