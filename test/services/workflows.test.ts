import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { shortName, splitFqn } from '../../src/core/naming/pipelineNames.ts';
import { agreementsOf, askOracle, FQNS, type OracleAnswer, workflowCases } from '../support/workflowCases.ts';

/** The Python of the environment that has the ingestion: it need not be the first one. */
const folder = (process.env['PATH'] ?? '').split(delimiter).find((one) => existsSync(join(one, 'metadata')));
const python = join(folder ?? '', 'python3');
const PACKAGES = 'import importlib.metadata as m; m.version("openmetadata-managed-apis")';
const isInstalled = folder !== undefined && spawnSync(python, ['-c', PACKAGES]).status === 0;
const unlessAbsent = isInstalled
  ? ''
  : ' (skipped: no Python has openmetadata-ingestion and openmetadata-managed-apis)';

describe.skipIf(!isInstalled)(`a workflow, to what runs it${unlessAbsent}`, () => {
  let oracle: OracleAnswer;

  beforeAll(() => {
    oracle = askOracle(python, false);
  });

  it.each(workflowCases().map(({ name }) => name))(
    'is YAML, valid, and as the other client builds it (%s)',
    (name) => {
      const verdict = oracle.workflows.find((one) => one.name === name);
      // Older packages don't know every type; then there is nothing to ask.
      if (verdict?.parsed === 'unknown type') {
        expect(name).toMatch(/^policyAgent/);
        return;
      }
      expect(verdict).toMatchObject({ yaml: true, parsed: true });
      expect(agreementsOf(name)).toContainEqual(verdict?.agreement);
    },
  );

  it('is of a pipeline whose name both read alike', () => {
    const parts = oracle.fqns.map((fqn) => fqn.map((part) => shortName(part)));
    expect(FQNS.map(splitFqn)).toEqual(parts);
  });
});
