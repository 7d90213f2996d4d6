import * as z from 'zod';
import { MAX_ATTEMPTS } from '../core/run/status.ts';

/** A name or reason. */
const word = z.string().max(253).exactOptional();
/** A message: 1 KiB of it, in characters. */
const message = z.string().max(1024).exactOptional();
/** RFC 3339, to the millisecond. */
const time = z.string().max(40).exactOptional();
const outcome = z.enum(['Succeeded', 'Failed', 'Cancelled', 'Lost']);
/** Above 255 on systems with other exit codes, below 0 on none. */
const code = z.int().min(-2_147_483_648).max(2_147_483_647);

const condition = z.looseObject({
  type: z.string().max(316),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().max(1024),
  message: z.string().max(32_768),
  lastTransitionTime: z.string().max(40),
  observedGeneration: z.int().min(0).exactOptional(),
});

const attempt = z.looseObject({
  number: z.int().min(1),
  podName: z.string().max(253),
  podUID: z.string().max(128),
  node: word,
  startedAt: time,
  finishedAt: time,
  outcome: outcome.exactOptional(),
  exitCode: code.exactOptional(),
  reason: word,
  message,
  logTail: message,
  unconfirmed: z.boolean().exactOptional(),
});

const verdict = z.looseObject({
  reason: z.string().max(253),
  by: z.string().max(253),
  message: z.string().max(1024),
  rule: z.string().max(1024),
  at: z.string().max(40),
});

/**
 * The status of a run as the API server checks it. Loose, so that a newer operator's fields survive an older CRD; it is
 * only ever written by us.
 */
export const runStatusSchema = z.looseObject({
  phase: z.enum(['Queued', 'Pending', 'Running', 'Exiting', 'Succeeded', 'Failed', 'Cancelled', 'Refused']),
  revision: z.int().min(0),
  observedGeneration: z.int().min(0).exactOptional(),
  conditions: z.array(condition).max(16),
  reason: word,
  message,
  joined: word,
  retryAt: time,
  template: word,
  attempts: z.array(attempt).max(MAX_ATTEMPTS),
  main: z
    .looseObject({
      outcome,
      exitCode: code.exactOptional(),
      reason: z.string().max(253),
      message: z.string().max(1024),
    })
    .exactOptional(),
  exit: z
    .looseObject({
      owed: z.boolean(),
      attempts: z.int().min(0),
      podName: word,
      podUID: word,
      outcome: outcome.exactOptional(),
      exitCode: code.exactOptional(),
      reason: word,
      message,
      receipt: z
        .looseObject({ podUID: z.string().max(128), exitCode: code, finishedAt: z.string().max(40) })
        .exactOptional(),
    })
    .exactOptional(),
  verdicts: z.record(z.string(), verdict).exactOptional(),
  timeline: z.looseObject({
    acceptedAt: time,
    admittedAt: time,
    scheduledAt: time,
    initialisedAt: time,
    pulledAt: time,
    startedAt: time,
    finishedAt: time,
    exitStartedAt: time,
    exitFinishedAt: time,
  }),
  retention: z
    .looseObject({ ttlSeconds: z.int().min(0), keepPodSeconds: z.int().min(0).exactOptional() })
    .exactOptional(),
});
