import { queueSpecSchema } from '../core/queue/spec.ts';
import { fromZod } from './fromZod.ts';
import { namespacedCrd } from './namespacedCrd.ts';
import { queueStatusSchema } from './queueStatusSchema.ts';
import type { ValidationRule } from './structuralSchema.ts';

/** What `kubectl get queues` shows. */
const COLUMNS = [
  { name: 'Running', type: 'integer', jsonPath: '.status.running' },
  { name: 'Max', type: 'integer', jsonPath: '.spec.maxRunning' },
  { name: 'Queued', type: 'integer', jsonPath: '.status.queued' },
  { name: 'Oldest', type: 'date', jsonPath: '.status.oldestQueuedAt' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  { name: 'Order', type: 'string', jsonPath: '.spec.order', priority: 1 },
  { name: 'WhenFull', type: 'string', jsonPath: '.spec.whenFull', priority: 1 },
] as const;

/** A run names its queue in a label of at most 63 characters. */
const NAME_RULE: ValidationRule = {
  rule: 'self.metadata.name.size() <= 63 && !self.metadata.name.contains(".")',
  message:
    'metadata.name must be at most 63 characters long and have no dot: runs name their queue by a label',
};

/** Rules on the spec of a queue. */
export const QUEUE_RULES: readonly ValidationRule[] = [
  ...['maxRunningPerNamespace', 'maxRunningPerSubject'].map((field) => ({
    rule: `!has(self.${field}) || !has(self.maxRunning) || self.maxRunning == 0 || self.${field} <= self.maxRunning`,
    message: `spec.${field} must be at most spec.maxRunning: above it, it never holds anything up`,
  })),
  {
    rule: "!has(self.whenFull) || self.whenFull != 'Reject' || has(self.maxRunning) || has(self.maxRunningPerNamespace) || has(self.maxRunningPerSubject)",
    message: 'spec.whenFull: Reject needs a limit of running ones: without one the queue is never full',
  },
];

/** The CustomResourceDefinition of Queue. */
export function queueCrd(): object {
  return namespacedCrd({
    kind: 'Queue',
    plural: 'queues',
    shortName: 'equeue',
    description: 'Limits and order of admission of the runs that name it.',
    columns: COLUMNS,
    spec: { ...fromZod(queueSpecSchema), 'x-kubernetes-validations': [...QUEUE_RULES] },
    status: fromZod(queueStatusSchema),
    rules: [NAME_RULE],
  });
}
