import { Environment } from '@marcbachmann/cel-js';
import { describe, expect, it } from 'vitest';
import { queueSpecSchema } from '../core/queue/spec.ts';
import { QUEUE_RULES, queueCrd } from './queueCrd.ts';
import type { StructuralSchema } from './structuralSchema.ts';

const crd = queueCrd() as { spec: { versions: { schema: { openAPIV3Schema: StructuralSchema } }[] } };
const schema = crd.spec.versions[0]?.schema.openAPIV3Schema ?? {};

/** Messages of the rules that a spec breaks. */
function broken(spec: object): string[] {
  const environment = new Environment().registerVariable('self', 'dyn');
  return QUEUE_RULES.filter(({ rule }) => environment.evaluate(rule, { self: spec }) !== true).map(
    ({ message }) => message,
  );
}

describe('the CRD of Queue', () => {
  it('has every field of the spec, typed', () => {
    const fields = schema.properties?.['spec']?.properties ?? {};
    expect(Object.keys(fields).sort()).toEqual(Object.keys(queueSpecSchema.shape).sort());
    expect(fields['maxRunning']).toMatchObject({ type: 'integer', minimum: 0 });
    expect(fields['whenFull']).toMatchObject({ enum: ['Queue', 'Reject'] });
  });

  it.each([
    {},
    { maxRunning: 10 },
    { maxRunning: 0, maxRunningPerSubject: 1 },
    { maxRunning: 3, maxRunningPerNamespace: 3, whenFull: 'Reject' },
    { maxRunningPerSubject: 1, whenFull: 'Reject' },
  ])('takes %j', (spec) => {
    expect(broken(spec)).toEqual([]);
  });

  it.each([
    [{ maxRunning: 2, maxRunningPerNamespace: 3 }, /maxRunningPerNamespace must be at most/],
    [{ maxRunning: 2, maxRunningPerSubject: 3 }, /maxRunningPerSubject must be at most/],
    [{ whenFull: 'Reject' }, /needs a limit/],
    [{ whenFull: 'Reject', maxQueued: 3 }, /needs a limit/],
  ])('refuses %j, and says why', (spec, sentence) => {
    expect(broken(spec)).toEqual([expect.stringMatching(sentence)]);
  });
});
