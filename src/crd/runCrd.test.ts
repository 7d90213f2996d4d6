import { Environment } from '@marcbachmann/cel-js';
import { describe, expect, it } from 'vitest';
import { runSpecSchema } from '../core/run/spec.ts';
import { aRun } from '../core/testing/aRun.ts';
import { allCrds } from './allCrds.ts';
import { FROZEN_FIELDS, OBJECT_RULES, QUEUE_FIELDS, STATUS_RULES } from './runRules.ts';
import type { StructuralSchema, ValidationRule } from './structuralSchema.ts';

/** Fields that may change at any time: `cancel` by its own rule. */
const FREE_FIELDS = ['cancel', 'keepPodSeconds', 'ttlSeconds'];

const [crd] = allCrds() as { spec: { versions: { schema: { openAPIV3Schema: StructuralSchema } }[] } }[];
const schema = crd?.spec.versions[0]?.schema.openAPIV3Schema ?? {};

/** Every schema in a schema, with its path. */
function walk(at: StructuralSchema, path: string): [string, StructuralSchema][] {
  return [
    [path, at],
    ...Object.entries(at.properties ?? {}).flatMap(([name, inner]) => walk(inner, `${path}.${name}`)),
    ...(at.items === undefined ? [] : walk(at.items, `${path}[]`)),
    ...(at.additionalProperties === undefined ? [] : walk(at.additionalProperties, `${path}.*`)),
  ];
}

describe('the CRD of Run', () => {
  it('is small enough to be applied with an annotation of itself', () => {
    expect(JSON.stringify(crd).length).toBeLessThan(200_000);
  });

  it('is structural: each schema has a type, unless it takes anything', () => {
    const open = walk(schema, '').filter(
      ([, one]) =>
        one.type === undefined &&
        one['x-kubernetes-preserve-unknown-fields'] !== true &&
        one['x-kubernetes-int-or-string'] !== true,
    );
    expect(open.map(([path]) => path)).toEqual([]);
  });

  it('keeps what it does not know of a pod, and demands nothing there', () => {
    const overlay = schema.properties?.['spec']?.properties?.['main'] ?? {};
    const container = overlay.properties?.['spec']?.properties?.['containers']?.items ?? {};
    expect(container['x-kubernetes-preserve-unknown-fields']).toBe(true);
    expect(container.properties?.['image']).toEqual({ type: 'string' });
    expect(container.properties?.['env']?.items?.properties?.['value']).toEqual({ type: 'string' });
    expect(walk(overlay, '').filter(([, one]) => one.required !== undefined)).toEqual([]);
  });

  it('says of each field of the spec whether it may change', () => {
    expect([...FROZEN_FIELDS, ...QUEUE_FIELDS, ...FREE_FIELDS].sort()).toEqual(
      Object.keys(runSpecSchema.shape).sort(),
    );
  });
});

/** Messages of the rules that an update breaks, as an evaluator other than the API server's sees it. */
function broken(rules: readonly ValidationRule[], before: unknown, after: unknown): string[] {
  const environment = new Environment().registerVariable('self', 'dyn').registerVariable('oldSelf', 'dyn');
  return rules
    .filter(({ rule }) => environment.evaluate(rule, { self: after, oldSelf: before }) !== true)
    .map(({ message, messageExpression }) =>
      messageExpression === undefined
        ? message
        : String(environment.evaluate(messageExpression, { self: after, oldSelf: before })),
    );
}

describe('the rules of Run', () => {
  const { spec } = aRun().withHandler().withLimits({ runSeconds: 5 }).build();

  /** The object in a write of the spec: the API server leaves the status as it is. */
  const object = (spec: object, status: object = { phase: 'Running', revision: 3 }) => ({
    metadata: { name: 'a' },
    spec,
    status,
  });
  const brokenBy = (before: object, after: object) => broken(OBJECT_RULES, object(before), object(after));

  it('freeze the spec', () => {
    expect(brokenBy(spec, spec)).toEqual([]);
    expect(brokenBy(spec, { ...spec, ttlSeconds: { failed: 1 } })).toEqual([]);
    const other = { ...spec, limits: { runSeconds: 6 }, main: { spec: { containers: [] } } };
    expect(brokenBy(spec, other)).toEqual(['spec.main is immutable; submit a new run']);
    expect(brokenBy(spec, { ...other, main: spec.main })).toEqual([
      'spec.limits is immutable; submit a new run',
    ]);
    const { exitHandler: _, ...without } = spec;
    expect(brokenBy(spec, without)).toEqual(['spec.exitHandler is immutable; submit a new run']);
    expect(brokenBy(without, spec)).toEqual(['spec.exitHandler is immutable; submit a new run']);
  });

  it('freeze it before there is a status too', () => {
    const early = (spec: object) => ({ metadata: { name: 'a' }, spec });
    const other = { ...spec, limits: { runSeconds: 6 } };
    expect(broken(OBJECT_RULES, early(spec), early(other))).toHaveLength(1);
  });

  it('do not look at the spec when the status is written, which can not touch it', () => {
    const next = { phase: 'Exiting', revision: 4 };
    expect(broken(OBJECT_RULES, object(spec), object(spec, next))).toEqual([]);
    expect(broken(OBJECT_RULES, { metadata: { name: 'a' }, spec }, object(spec))).toEqual([]);
  });

  it('let a run be cancelled once', () => {
    const cancelled = { ...spec, cancel: { by: 'ann' } };
    expect(brokenBy(spec, cancelled)).toEqual([]);
    expect(brokenBy(cancelled, spec)).toEqual(['spec.cancel is set once and stays']);
    expect(brokenBy(cancelled, { ...spec, cancel: { by: 'bob' } })).toHaveLength(1);
  });

  it('let queue and priority change in the queue only, and bound the name', () => {
    const object = (phase: string | undefined, priority: number, name = 'a') => ({
      metadata: { name },
      spec: { ...spec, priority },
      ...(phase === undefined ? {} : { status: { phase, revision: 1 } }),
    });
    expect(broken(OBJECT_RULES, object(undefined, 1), object(undefined, 2))).toEqual([]);
    expect(broken(OBJECT_RULES, object('Queued', 1), object('Queued', 2))).toEqual([]);
    expect(broken(OBJECT_RULES, object('Running', 1), object('Running', 2))).toEqual([
      'spec.priority is immutable once the run is no longer queued',
    ]);
    expect(broken(OBJECT_RULES, object('Running', 1), object(undefined, 1))).toEqual([
      'the status stays: only Endwell writes it',
    ]);
    const long = object('Queued', 1, 'x'.repeat(58));
    expect(broken(OBJECT_RULES, long, long)).toHaveLength(1);
  });

  it('write an end once', () => {
    const main = { outcome: 'Failed', reason: 'ExitCode', message: 'm', exitCode: 3 };
    expect(broken(STATUS_RULES, { phase: 'Running' }, { phase: 'Failed', main })).toEqual([]);
    expect(broken(STATUS_RULES, { phase: 'Failed', main }, { phase: 'Running', main })).toEqual([
      'a terminal phase does not change',
    ]);
    expect(broken(STATUS_RULES, { phase: 'Failed', main }, { phase: 'Failed' })).toHaveLength(1);
    expect(
      broken(STATUS_RULES, { phase: 'Failed', main }, { phase: 'Failed', main: { ...main, exitCode: 0 } }),
    ).toHaveLength(1);
  });
});
