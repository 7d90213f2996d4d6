import * as z from 'zod';
import { historyDays, historyFields } from './history.ts';

/** DNS label, as Kubernetes wants it of a namespace (RFC 1123). */
const namespaceName = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    'must be the name of a namespace: a-z, 0-9 and -, at most 63',
  );

/** `endwell operator`: what can be set, with its default and its sentence for the help. */
export const operatorSettings = z.object({
  kubeconfig: z
    .string()
    .optional()
    .describe('Path of the kubeconfig; default: KUBECONFIG, else in-cluster, else ~/.kube/config'),
  context: z.string().optional().describe('Context of the kubeconfig; default: its current one'),
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
  healthHost: z.string().min(1).default('0.0.0.0').describe('Address of /livez, /readyz and /metrics'),
  healthPort: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(8081)
    .describe('Port of /livez, /readyz and /metrics; 0: any'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Least level that is logged'),
});

/** Effective settings of the operator. */
export type OperatorSettings = z.output<typeof operatorSettings>;
