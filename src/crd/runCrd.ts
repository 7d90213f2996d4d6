import { runSpecSchema } from '../core/run/spec.ts';
import { fromZod } from './fromZod.ts';
import { namespacedCrd } from './namespacedCrd.ts';
import { overlaySchema } from './overlaySchema.ts';
import { OBJECT_RULES, STATUS_RULES } from './runRules.ts';
import { runStatusSchema } from './runStatusSchema.ts';
import type { StructuralSchema } from './structuralSchema.ts';

/** What `kubectl get runs` shows. */
const COLUMNS = [
  { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
  { name: 'Reason', type: 'string', jsonPath: '.status.reason' },
  { name: 'Profile', type: 'string', jsonPath: '.spec.profile' },
  { name: 'Subject', type: 'string', jsonPath: '.spec.subject.id' },
  { name: 'Handled', type: 'string', jsonPath: '.status.conditions[?(@.type=="ExitHandled")].status' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  { name: 'Queue', type: 'string', jsonPath: '.spec.queue', priority: 1 },
  { name: 'Started', type: 'date', jsonPath: '.status.timeline.startedAt', priority: 1 },
  { name: 'Finished', type: 'date', jsonPath: '.status.timeline.finishedAt', priority: 1 },
  { name: 'Message', type: 'string', jsonPath: '.status.message', priority: 1 },
] as const;

/** Fields by which `--field-selector` finds runs. */
const SELECTABLE = ['.spec.profile', '.spec.queue', '.status.phase'] as const;

/** The CustomResourceDefinition of Run. */
export function runCrd(): object {
  return namespacedCrd({
    kind: 'Run',
    plural: 'runs',
    shortName: 'erun',
    description: 'One execution of a job, with its attempts and its exit handler.',
    columns: COLUMNS,
    selectable: SELECTABLE,
    spec: specSchema(),
    status: { ...fromZod(runStatusSchema), 'x-kubernetes-validations': [...STATUS_RULES] },
    rules: OBJECT_RULES,
  });
}

function specSchema(): StructuralSchema {
  const spec = fromZod(runSpecSchema);
  return {
    ...spec,
    properties: { ...spec.properties, main: overlaySchema(), exitHandler: overlaySchema() },
  };
}
