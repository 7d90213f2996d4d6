import * as z from 'zod';

/** The name of a namespace: a DNS label, as Kubernetes wants it (RFC 1123). */
export const namespaceName = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    'must be the name of a namespace: a-z, 0-9 and -, at most 63',
  );

/** Which cluster a process works on. */
export const clusterFields = {
  kubeconfig: z
    .string()
    .optional()
    .describe('Path of the kubeconfig; default: KUBECONFIG, else in-cluster, else ~/.kube/config'),
  context: z.string().optional().describe('Context of the kubeconfig; default: its current one'),
};

/** A TCP port. Refuses what no port can be; 0 is any free one. */
export const port = z.number().int().min(0).max(65_535);

/** How a process can be looked at. */
export const observationFields = {
  healthHost: z.string().min(1).default('0.0.0.0').describe('Address of /livez, /readyz and /metrics'),
  healthPort: port.default(8081).describe('Port of /livez, /readyz and /metrics; 0: any'),
};

/** What a process says in its log. */
export const logLevel = z
  .enum(['debug', 'info', 'warn', 'error'])
  .default('info')
  .describe('Least level that is logged');
