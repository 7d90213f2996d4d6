import { assert, constantFrom, property, string, uuid } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dnsSubdomain, labelValue } from '../../kubernetes/names.ts';
import { pipelineLabels } from './pipelineLabels.ts';
import { pipelineObjectName, revisionHash, sanitizeName, splitFqn } from './pipelineNames.ts';

/** Any text that somebody may have called a service and a pipeline. */
const fqns = string({ maxLength: 256, unit: 'grapheme' });

describe('pipelineObjectName', () => {
  it('keeps the beginnings that OpenMetadata’s client has, and says which pipeline', () => {
    expect(pipelineObjectName({ kind: 'ConfigMap', fqn: 'mysql.nightly' })).toMatch(
      /^om-config-nightly-[0-9a-f]{8}$/,
    );
    expect(
      pipelineObjectName({
        kind: 'Run',
        fqn: 'mysql.nightly',
        runId: 'a1b2c3d4-e5f6-7890-abcd-ef1234567890',
      }),
    ).toMatch(/^om-job-nightly-[0-9a-f]{8}-a1b2c3d4$/);
  });

  it('tells pipelines of one name in two services apart', () => {
    const names = ['mysql.nightly', 'postgres.nightly', '"my.sql".nightly'].map((fqn) =>
      pipelineObjectName({ kind: 'CronOMJob', fqn }),
    );
    expect(new Set(names).size).toBe(3);
  });

  it('is a name that Kubernetes takes, at most 63 characters, a schedule at most 52, for any fully qualified name', () => {
    assert(
      property(fqns, uuid(), (fqn, runId) => {
        const names = [
          pipelineObjectName({ kind: 'ConfigMap', fqn }),
          pipelineObjectName({ kind: 'Secret', fqn, revision: revisionHash(fqn) }),
          pipelineObjectName({ kind: 'Run', fqn, runId }),
          pipelineObjectName({ kind: 'Run', fqn, runId: fqn }),
          pipelineObjectName({ kind: 'Automation', fqn, runId }),
          pipelineObjectName({ kind: 'Application', fqn, runId }),
        ];
        const schedules = [
          pipelineObjectName({ kind: 'CronJob', fqn }),
          pipelineObjectName({ kind: 'CronOMJob', fqn }),
        ];
        for (const name of [...names, ...schedules]) {
          expect(dnsSubdomain(name)).toEqual([]);
          expect(name).not.toContain('--');
        }
        expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(63);
        expect(Math.max(...schedules.map((name) => name.length))).toBeLessThanOrEqual(52);
      }),
    );
  });
});

describe('sanitizeName', () => {
  it.each([
    ['short', 'short'],
    ['Test_Pipeline.Config@2024', 'test-pipeline-config-2024'],
    ['-a--b-', 'a-b'],
    [`${'x'.repeat(52)}-y`, 'x'.repeat(52)],
    ['x'.repeat(80), 'x'.repeat(53)],
    ['データ', 'p'],
  ])('makes %s into %s', (name, sanitized) => {
    expect(sanitizeName(name)).toBe(sanitized);
  });
});

describe('splitFqn', () => {
  it.each([
    ['mysql.nightly', ['mysql', 'nightly']],
    ['nightly', ['nightly']],
    ['"my.sql".nightly', ['my.sql', 'nightly']],
    ['mysql."a ""b"" c"', ['mysql', 'a "b" c']],
    ['a.b.c', ['a', 'b', 'c']],
    ['"open.nightly', ['"open', 'nightly']],
  ])('reads %s', (fqn, parts) => {
    expect(splitFqn(fqn)).toEqual(parts);
  });
});

describe('pipelineLabels', () => {
  it('are labels that Kubernetes takes, for any name, type and run', () => {
    const kinds = constantFrom('automation' as const, 'application' as const);
    assert(
      property(fqns, fqns, fqns, kinds, (fqn, pipelineType, runId, kind) => {
        const labels = [
          pipelineLabels({ kind: 'pipeline', fqn, pipelineType }, runId),
          pipelineLabels({ kind, fqn }),
        ];
        for (const value of labels.flatMap((set) => Object.values(set)))
          expect(labelValue(value)).toEqual([]);
      }),
    );
  });

  it('are those of OpenMetadata’s client, and one that tells pipelines of one name apart', () => {
    const runId = 'a1b2c3d4-e5f6-7890-abcd-ef1234567890';
    const one = pipelineLabels(
      { kind: 'pipeline', fqn: 'mysql.Nightly_Run', pipelineType: 'autoClassification' },
      runId,
    );
    expect(one).toMatchObject({
      'app.kubernetes.io/name': 'openmetadata',
      'app.kubernetes.io/component': 'ingestion',
      'app.kubernetes.io/managed-by': 'openmetadata',
      'app.kubernetes.io/pipeline': 'nightly-run',
      'app.kubernetes.io/pipeline-type': 'autoclassification',
      'app.kubernetes.io/run-id': runId,
    });
    const other = pipelineLabels({
      kind: 'pipeline',
      fqn: 'pg.Nightly_Run',
      pipelineType: 'autoClassification',
    });
    expect(other['endwell.dev/subject']).not.toBe(one['endwell.dev/subject']);
    expect(other).not.toHaveProperty('app.kubernetes.io/run-id');
  });

  it('say of an application which one it is', () => {
    expect(pipelineLabels({ kind: 'application', fqn: 'Query_Runner' })).toMatchObject({
      'app.kubernetes.io/component': 'application',
      'app.kubernetes.io/app-name': 'query-runner',
    });
  });
});
