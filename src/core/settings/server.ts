import * as z from 'zod';
import { historyFields } from './history.ts';

/** `endwell server`: what can be set, with its default and its sentence for the help. */
export const serverSettings = z.object({
  kubeconfig: z
    .string()
    .optional()
    .describe('Path of the kubeconfig; default: KUBECONFIG, else in-cluster, else ~/.kube/config'),
  context: z.string().optional().describe('Context of the kubeconfig; default: its current one'),
  operatorNamespace: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be the name of a namespace')
    .optional()
    .describe('Namespace of the fall-back queues; default: the pod’s, else endwell-system'),
  host: z.string().min(1).default('0.0.0.0').describe('Address of the HTTP API'),
  port: z.number().int().min(0).max(65_535).default(8080).describe('Port of the HTTP API; 0: any'),
  ...historyFields,
  healthHost: z.string().min(1).default('0.0.0.0').describe('Address of /livez, /readyz and /metrics'),
  healthPort: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(8081)
    .describe('Port of /livez, /readyz and /metrics; 0: any'),
  // A decision takes milliseconds; a leader that needs longer is away, and the caller should not hang with it.
  acceptSeconds: z
    .number()
    .min(0)
    .max(30)
    .default(2)
    .describe('How long a create waits for the operator’s word before it answers 202'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Least level that is logged'),
});

/** Effective settings of the server. */
export type ServerSettings = z.output<typeof serverSettings>;
