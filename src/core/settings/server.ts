import * as z from 'zod';
import { historyFields } from './history.ts';
import { pipelineFields } from './pipeline.ts';
import { clusterFields, logLevel, namespaceName, observationFields, port } from './process.ts';

/** `endwell server`: what can be set, with its default and its sentence for the help. */
export const serverSettings = z.object({
  ...clusterFields,
  operatorNamespace: namespaceName
    .optional()
    .describe('Namespace of the fall-back queues; default: the pod’s, else endwell-system'),
  host: z.string().min(1).default('0.0.0.0').describe('Address of the HTTP API'),
  port: port.default(8080).describe('Port of the HTTP API; 0: any'),
  ...historyFields,
  ...observationFields,
  // A decision takes milliseconds; a leader that needs longer is away, and the caller should not hang with it.
  acceptSeconds: z
    .number()
    .min(0)
    .max(30)
    .default(2)
    .describe('How long a create waits for the operator’s word before it answers 202'),
  ...pipelineFields,
  logLevel,
});

/** Effective settings of the server. */
export type ServerSettings = z.output<typeof serverSettings>;
