import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PIPELINE_TYPES } from '../../src/core/pipeline/pipelineTypes.ts';
import { redactWorkflow } from '../../src/core/pipeline/redactWorkflow.ts';
import { type Workflow, workflowOf } from '../../src/core/pipeline/workflow.ts';
import {
  agreementsOf,
  WORKFLOWS_FOLDER,
  type WorkflowVerdict,
  workflowCases,
} from '../support/workflowCases.ts';

interface Recorded {
  readonly workflows: readonly { name: string; verdict: Omit<WorkflowVerdict, 'name'>; workflow: Workflow }[];
  readonly secretFields: readonly string[];
}

const recorded = JSON.parse(readFileSync(join(WORKFLOWS_FOLDER, 'recorded.json'), 'utf8')) as Recorded;

describe(workflowOf, () => {
  it.each(recorded.workflows)(
    'builds what the ingestion image took: $name',
    ({ name, verdict, workflow }) => {
      expect(verdict).toMatchObject({ yaml: true, parsed: true });
      expect(agreementsOf(name)).toContainEqual(verdict.agreement);
      // Where this fails on purpose, record again: tools/record-workflows.ts.
      expect(workflowCases().find((one) => one.name === name)?.workflow).toEqual(workflow);
    },
  );

  it('has been shown to it for every type of pipeline', () => {
    const types = new Set<string | undefined>(recorded.workflows.map(({ name }) => name.split(':')[0]));
    expect(types).toEqual(new Set(PIPELINE_TYPES));
  });
});

describe(redactWorkflow, () => {
  it.each(recorded.secretFields)('masks %s, which the ingestion image takes for a secret', (name) => {
    expect(JSON.stringify(redactWorkflow({ config: { [name]: 's3cret' } }))).not.toContain('s3cret');
  });
});
