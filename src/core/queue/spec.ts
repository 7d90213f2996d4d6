import * as z from 'zod';

/** More than any cluster runs; it keeps a slip of the keyboard from being a limit. */
const MAX_RUNS = 1_000_000;

const count = (min: number) => z.int().min(min).max(MAX_RUNS).exactOptional();

/** The schema of a queue's spec: what the CRD accepts. 0 stops a queue: nothing starts, and what comes waits. */
export const queueSpecSchema = z.strictObject({
  maxRunning: count(0),
  maxRunningPerNamespace: count(1),
  maxRunningPerSubject: count(1),
  maxQueued: count(0),
  whenFull: z.enum(['Queue', 'Reject']).exactOptional(),
  order: z.enum(['Priority', 'FairBySubject']).exactOptional(),
});
