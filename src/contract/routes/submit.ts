import { z } from 'zod';

/** Body of `POST /runs`: the Kubernetes object without what the server sets. */
export const submitSchema = z
  .strictObject({
    apiVersion: z.literal('endwell.dev/v1').optional(),
    kind: z.literal('Run').optional(),
    metadata: z
      .strictObject({
        name: z.string().optional(),
        generateName: z.string().optional(),
        namespace: z.string().optional(),
        labels: z.record(z.string(), z.string()).optional(),
        annotations: z.record(z.string(), z.string()).optional(),
      })
      .default({}),
    spec: z.looseObject({}),
  })
  .meta({ id: 'RunSubmission' });
