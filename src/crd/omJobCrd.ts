import { OMJOB_GROUP, omJobSpecSchema } from '../core/omjob/omJob.ts';
import { fromZod } from './fromZod.ts';
import { namespacedCrd } from './namespacedCrd.ts';
import { omJobStatusSchema } from './omJobStatusSchema.ts';
import { STATUS_RULES } from './runRules.ts';
import type { StructuralSchema } from './structuralSchema.ts';

/** What `kubectl get omjobs` shows: the columns of OpenMetadata's chart; with `-o wide` why main ended so. */
const COLUMNS = [
  { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
  { name: 'Main Pod', type: 'string', jsonPath: '.status.mainPodName' },
  { name: 'Exit Handler', type: 'string', jsonPath: '.status.exitHandlerPodName' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  { name: 'Exit Code', type: 'integer', jsonPath: '.status.mainPodExitCode', priority: 1 },
  { name: 'Reason', type: 'string', jsonPath: '.status.mainReason', priority: 1 },
  {
    name: 'Handled',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="ExitHandled")].status',
    priority: 1,
  },
] as const;

/** The CustomResourceDefinition of OMJob: it takes whatever that of OpenMetadata's chart takes. */
export function omJobCrd(): object {
  return namespacedCrd({
    group: OMJOB_GROUP,
    kind: 'OMJob',
    plural: 'omjobs',
    shortName: 'omj',
    description: 'A job of OpenMetadata: a main pod, and an exit handler that runs however that one ends.',
    columns: COLUMNS,
    spec: fromZod(omJobSpecSchema),
    status: statusSchema(),
    rules: [],
  });
}

function statusSchema(): StructuralSchema {
  const status = fromZod(omJobStatusSchema);
  const endwell = { ...status.properties?.['endwell'], 'x-kubernetes-validations': [...STATUS_RULES] };
  return { ...status, properties: { ...status.properties, endwell } };
}
