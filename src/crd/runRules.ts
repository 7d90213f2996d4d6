import { MAX_RUN_NAME } from '../core/naming/naming.ts';
import type { ValidationRule } from './structuralSchema.ts';

/** Fields of the spec that never change once the run exists. */
export const FROZEN_FIELDS = [
  'profile',
  'subject',
  'dedupe',
  'main',
  'exitHandler',
  'limits',
  'retry',
  'exitRetry',
  'logs',
  'input',
] as const;

/** Fields that may change while the run waits in its queue. */
export const QUEUE_FIELDS = ['priority', 'queue'] as const;

/** Rules on the object as a whole. */
export const OBJECT_RULES: readonly ValidationRule[] = [
  {
    rule: `self.metadata.name.size() <= ${MAX_RUN_NAME}`,
    message: `metadata.name must be at most ${MAX_RUN_NAME} characters long: names of pods are made from it and never cut`,
  },
  {
    rule: '!has(oldSelf.status) || has(self.status)',
    message: 'the status stays: only Endwell writes it',
  },
  ...QUEUE_FIELDS.map((field) => ({
    rule: `(${same(`spec`, field)}) || !has(self.status) || self.status.phase == 'Queued'`,
    message: `spec.${field} is immutable once the run is no longer queued`,
  })),
];

/** Rules on the spec. */
export const SPEC_RULES: readonly ValidationRule[] = [
  ...FROZEN_FIELDS.map((field) => ({
    rule: same('', field),
    message: `spec.${field} is immutable; submit a new run`,
  })),
  {
    rule: '!has(oldSelf.cancel) || (has(self.cancel) && self.cancel == oldSelf.cancel)',
    message: 'spec.cancel is set once and stays',
  },
];

/** Rules on the status: an end is written once. */
export const STATUS_RULES: readonly ValidationRule[] = [
  {
    rule: "!(oldSelf.phase in ['Succeeded', 'Failed', 'Cancelled', 'Refused']) || self.phase == oldSelf.phase",
    message: 'a terminal phase does not change',
  },
  {
    rule: '!has(oldSelf.main) || (has(self.main) && self.main == oldSelf.main)',
    message: 'the result of main does not change',
  },
];

/** CEL that holds when a field is what it was, be that not set. */
function same(under: string, field: string): string {
  const now = under === '' ? `self.${field}` : `self.${under}.${field}`;
  const before = under === '' ? `oldSelf.${field}` : `oldSelf.${under}.${field}`;
  return `has(${now}) == has(${before}) && (!has(${now}) || ${now} == ${before})`;
}
