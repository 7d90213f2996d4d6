import * as z from 'zod';

/** Where an answer about a run comes from. */
export const sourceSchema = z
  .enum(['cluster', 'history'])
  .describe('Where the answer comes from; `history`: the cluster does not have the run any more');

const logSchema = z.object({
  container: z.string(),
  previous: z.boolean().describe('Of the container’s instance before its last restart'),
  tail: z.string().describe('Its last bytes as UTF-8, at most 64 KiB'),
  size: z.int().optional().describe('All that it wrote, in bytes, where that is known'),
  missing: z.string().optional().describe('Why there is no tail'),
  whole: z.boolean().describe('The log store has it whole'),
});

/** All that is kept of a run and its pods. */
export const evidenceSchema = z
  .object({
    run: z.string(),
    namespace: z.string(),
    uid: z.string(),
    source: sourceSchema,
    stored: z.boolean().describe('False: no history is configured, and this is what the status holds'),
    verdicts: z.record(z.string(), z.looseObject({})).describe('Why we ended pods, by pod UID'),
    receipt: z.looseObject({}).nullable().describe('Proof that the exit handler ran'),
    states: z.array(
      z.object({ revision: z.int(), at: z.string(), phase: z.string(), reason: z.string().optional() }),
    ),
    pods: z.array(
      z.object({
        podName: z.string(),
        podUID: z.string(),
        stage: z.enum(['main', 'exit']),
        attempt: z.int(),
        capturedAt: z.string().optional().describe('RFC 3339'),
        final: z.boolean().describe('Nothing more will come'),
        object: z.unknown().optional().describe('The pod as last seen, and the Events about it'),
        logs: z.array(logSchema),
      }),
    ),
  })
  .meta({ id: 'Evidence' });
