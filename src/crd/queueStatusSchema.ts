import * as z from 'zod';

const condition = z.looseObject({
  type: z.string().max(316),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().max(1024),
  message: z.string().max(32_768),
  lastTransitionTime: z.string().max(40),
  observedGeneration: z.int().min(0).exactOptional(),
});

/** The status of a queue as the API server checks it. Loose, so that a newer operator's fields survive an older CRD. */
export const queueStatusSchema = z.looseObject({
  running: z.int().min(0),
  queued: z.int().min(0),
  oldestQueuedAt: z.string().max(40).exactOptional(),
  conditions: z.array(condition).max(16).exactOptional(),
});
