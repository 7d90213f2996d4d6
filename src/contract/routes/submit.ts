import * as z from 'zod';
import { runSpecSchema } from '../../core/run/spec.ts';

/** Body of `POST /runs`: the Kubernetes object without what the server sets. */
export const submitSchema = z
  .strictObject({
    apiVersion: z.literal('endwell.dev/v1').optional(),
    kind: z.literal('Run').optional(),
    metadata: z
      .strictObject({
        name: z.string().optional().describe('At most 57 characters'),
        generateName: z.string().optional().describe('The server adds characters of its own'),
        namespace: z.string().optional().describe('The same as in the query'),
        labels: z.record(z.string(), z.string()).optional(),
        annotations: z.record(z.string(), z.string()).optional(),
      })
      .default({}),
    spec: runSpecSchema,
  })
  .meta({ id: 'RunSubmission' });

/** Body of `POST /runs/{name}/resubmit`: what the new run shall have otherwise. */
export const againSchema = z
  .strictObject({
    metadata: z
      .strictObject({
        name: z
          .string()
          .optional()
          .describe('At most 57 characters; left out: made from that of the old run'),
        labels: z.record(z.string(), z.string()).optional().describe('Beside those of the old run'),
        annotations: z.record(z.string(), z.string()).optional().describe('Beside those of the old run'),
      })
      .default({}),
    spec: z
      .looseObject({})
      .optional()
      .describe(
        'Laid over the old spec: `main` and `exitHandler` by strategic merge, other fields as a JSON merge patch',
      ),
  })
  .default({ metadata: {} })
  .meta({ id: 'RunChange' });
