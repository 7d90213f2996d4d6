import * as z from 'zod';
import { historyDays, historyFields } from './history.ts';
import { clusterFields, logLevel, namespaceName, observationFields } from './process.ts';

/** `endwell operator`: what can be set, with its default and its sentence for the help. */
export const operatorSettings = z.object({
  ...clusterFields,
  operatorNamespace: namespaceName
    .optional()
    .describe('Own namespace, for the lease; default: the one the pod runs in, else endwell-system'),
  watchNamespace: z
    .array(namespaceName)
    .default([])
    .describe('Namespace whose runs are looked after (repeatable); default: all'),
  // Below 3 s a renewal every third of it would leave no room for one slow answer.
  leaseSeconds: z
    .number()
    .int()
    .min(3)
    .max(3600)
    .default(15)
    .describe('How long a silent leader stays leader'),
  pause: z.boolean().default(false).describe('Observe and log decisions, change nothing'),
  workers: z.number().int().min(1).max(256).default(16).describe('Runs that are worked on at the same time'),
  ...historyFields,
  historyDays,
  ...observationFields,
  logLevel,
});

/** Effective settings of the operator. */
export type OperatorSettings = z.output<typeof operatorSettings>;
