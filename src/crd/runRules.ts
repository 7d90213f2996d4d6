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

/** What holds of the spec from one write to the next, and what is said where it does not. */
const SPEC_STAYS: readonly { readonly holds: string; readonly otherwise: string }[] = [
  ...FROZEN_FIELDS.map((field) => ({
    holds: same(field),
    otherwise: `spec.${field} is immutable; submit a new run`,
  })),
  {
    holds: '!has(oldSelf.spec.cancel) || (has(self.spec.cancel) && self.spec.cancel == oldSelf.spec.cancel)',
    otherwise: 'spec.cancel is set once and stays',
  },
  ...QUEUE_FIELDS.map((field) => ({
    holds: `(${same(field)}) || !has(self.status) || self.status.phase == 'Queued'`,
    otherwise: `spec.${field} is immutable once the run is no longer queued`,
  })),
];

/**
 * Holds for a write of the status: that is a subresource, which can't touch the spec, and each write of it counts the
 * revision up, which a write of the spec can't. An API server that looks a field of a schema up builds the whole list
 * of that schema's fields anew, and compares pods field by field: looking at the spec again with each of the status
 * writes of a run took a tenth of its CPU time.
 */
const IS_STATUS_WRITE =
  'has(self.status) != has(oldSelf.status) || (has(self.status) && self.status.revision != oldSelf.status.revision)';

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
  {
    rule: `${IS_STATUS_WRITE} || (${SPEC_STAYS.map(({ holds }) => `(${holds})`).join(' && ')})`,
    message: 'the spec is immutable; submit a new run',
    messageExpression: SPEC_STAYS.reduceRight(
      (rest, { holds, otherwise }) => `!(${holds}) ? '${otherwise}' : (${rest})`,
      "''",
    ),
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

/** CEL that holds when a field of the spec is what it was, be that not set. */
function same(field: string): string {
  const [now, before] = [`self.spec.${field}`, `oldSelf.spec.${field}`];
  return `has(${now}) == has(${before}) && (!has(${now}) || ${now} == ${before})`;
}
