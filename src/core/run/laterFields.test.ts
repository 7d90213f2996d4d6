import { describe, expect, it } from 'vitest';
import { LATER_FIELDS } from './laterFields.ts';
import type { RunSpec } from './run.ts';
import { runSpecSchema } from './spec.ts';

const main = {};
const fieldsOf = (spec: Partial<RunSpec>) => LATER_FIELDS.filter((one) => one.asks({ main, ...spec }));
const namesOf = (spec: Partial<RunSpec>) => fieldsOf(spec).map(({ field }) => field);

/** Fields that steps, manifests or profiles honour whole. */
const APPLIED = [
  'profile',
  'subject',
  'queue',
  'priority',
  'dedupe',
  'main',
  'exitHandler',
  'retry',
  'exitRetry',
  'keepPodSeconds',
  'ttlSeconds',
  'input',
  'logs',
  'cancel',
  'limits.queueSeconds',
  'limits.startSeconds',
  'limits.initIdleSeconds',
  'limits.initMaxSeconds',
  'limits.nodeLostSeconds',
  'limits.runSeconds',
  'limits.totalSeconds',
  'limits.stallSeconds',
  'limits.exitSeconds',
];

describe('LATER_FIELDS', () => {
  it('have a row for every field of the spec that is not applied, so that none is ignored in silence', () => {
    const { limits, ...rest } = runSpecSchema.shape;
    const all = [...Object.keys(rest), ...Object.keys(limits.unwrap().shape).map((name) => `limits.${name}`)];
    const later = LATER_FIELDS.map(({ field }) => field.replace(/^spec\./, ''));
    const covered = (field: string) =>
      APPLIED.includes(field) || later.some((one) => one === field || one.startsWith(`${field}.`));
    expect(all.filter((field) => !covered(field))).toEqual([]);
  });

  it('say nothing of a field that asks for what happens anyway', () => {
    const spec: Partial<RunSpec> = {
      limits: { runSeconds: 5, queueSeconds: 5 },
      logs: 'Whole',
    };
    expect(namesOf(spec)).toEqual([]);
  });
});
