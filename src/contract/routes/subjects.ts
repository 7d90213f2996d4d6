import * as z from 'zod';
import { addresses } from '../addresses.ts';
import type { Route } from '../route.ts';
import { inNamespace, runKindSchema } from './parts.ts';

/** Longest that one kill waits for ends: proxies commonly give up on a request after 60 s. */
export const MAX_KILL_WAIT_SECONDS = 50;

const subjectSchema = z.object({ kind: z.string(), id: z.string() });

const killedRun = z.object({
  kind: runKindSchema,
  name: z.string(),
  uid: z.string(),
  phase: z.string().describe('As last seen'),
  ended: z.boolean(),
});

const killedPod = z.object({
  name: z.string(),
  uid: z.string(),
  ended: z.boolean(),
  owner: z.string().optional().describe('`Kind/name` of what made it, which may make another'),
});

const subjectKillSchema = z
  .object({
    subject: subjectSchema,
    namespace: z.string(),
    asOf: z.string().describe('RFC 3339; what was created later is not concerned'),
    runs: z.array(killedRun).describe('Its runs that were alive'),
    unseen: z
      .string()
      .optional()
      .describe('What may be alive and was not looked at, and which right the caller lacks for it'),
    pods: z.array(killedPod).describe('Pods with its labels that belong to no run'),
  })
  .meta({ id: 'SubjectKill' });

/** The answer to a kill. */
export type SubjectKillAnswer = z.output<typeof subjectKillSchema>;

/** The routes of subjects. */
export const subjectRoutes = {
  killSubject: {
    ...addresses.killSubject,
    summary:
      'End every live run of a subject (their exit handlers run), and where wished pods with its labels that belong to no run',
    rights:
      'list and patch runs.endwell.dev, and omjobs.pipelines.openmetadata.org where OMJobs are to be ended too; for foreign pods list and delete pods. Repeating it changes nothing that is ending already',
    params: z.strictObject({ kind: z.string().min(1).max(63), id: z.string().min(1).max(253) }),
    query: z.strictObject(inNamespace),
    body: z
      .strictObject({
        foreign: z
          .boolean()
          .default(false)
          .describe(
            'Also pods that carry the label `endwell.dev/subject` or `connection_id` and are no run’s',
          ),
        asOf: z
          .string()
          .regex(
            /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
            'must be RFC 3339 in UTC, as 2026-01-31T12:00:00Z',
          )
          .optional()
          .describe('That of an earlier answer, to wait on for the same; now when left out'),
        waitSeconds: z
          .int()
          .min(0)
          .max(MAX_KILL_WAIT_SECONDS)
          .default(0)
          .describe('How long to wait for all ends'),
      })
      .default({ foreign: false, waitSeconds: 0 }),
    answers: {
      200: { description: 'All of it has ended', schema: subjectKillSchema },
      202: {
        description: 'Some of it is still ending; repeat with `asOf` to wait on',
        schema: subjectKillSchema,
      },
    },
    problems: ['UnsupportedMediaType', 'SpecInvalid', 'Conflict'],
  },
} as const satisfies Record<string, Route>;
