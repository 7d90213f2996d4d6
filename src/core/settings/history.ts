import * as z from 'zod';

/** Where history is; the operator writes it, the server reads it. */
export const historyFields = {
  databaseUrl: z
    .string()
    .regex(
      /^postgres(ql)?:\/\//,
      'must be the URL of a PostgreSQL: postgres://user:password@host:5432/database',
    )
    .optional()
    .describe(
      'PostgreSQL 14 or newer for history and evidence, of this cluster alone: postgres://user:password@host:5432/database; ' +
        'default: none, then evidence is what the status of a run holds',
    ),
  logStore: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Where whole logs go (spec.logs Whole or Follow): a folder, or s3://bucket/prefix?endpoint=URL&region=NAME; ' +
        'default: nowhere, and of logs the last 64 KiB are kept; needs a database',
    ),
};

/** How long history is kept. */
export const historyDays = z
  .number()
  .int()
  .min(0)
  .max(36_500)
  // A quarter, as most reviews look back; the size is a few KB a run and 64 KiB of log at most for a container.
  .default(90)
  .describe('Days that history is kept after a run has ended; 0: for ever');
