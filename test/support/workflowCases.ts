import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workflowText } from '../../src/actions/pipeline/workflowText.ts';
import { ingestionPipelineSchema, serviceSchema } from '../../src/core/pipeline/entity.ts';
import { type Workflow, workflowOf } from '../../src/core/pipeline/workflow.ts';

/** A pipeline with its service as OpenMetadata gives them, and what we make of them. */
export interface WorkflowCase {
  readonly name: string;
  readonly pipeline: unknown;
  readonly service: unknown;
  readonly workflow: Workflow;
  readonly text: string;
}

/** What the ingestion image's own code says of a workflow (`test/services/workflowOracle.py`). */
export interface WorkflowVerdict {
  readonly name: string;
  /** The text is YAML of the workflow to its reader. */
  readonly yaml: boolean;
  /** True, else why its parser refuses it. */
  readonly parsed: true | string;
  /** One of {@link agreementsOf}, or the differences to what openmetadata-managed-apis builds. */
  readonly agreement: string | readonly string[];
}

/**
 * What openmetadata-managed-apis may say of a workflow of ours. It has no builder for two types, as Airflow runs neither: data
 * insights are an application by now, and policy agents are newer than it. What it has builders for in them is compared all the
 * same: how search is reached, and the source of a service.
 */
export function agreementsOf(name: string): string[] {
  const [type = ''] = name.split(':');
  const parts = PARTS_COMPARED[type];
  return parts === undefined ? ['same'] : ['same', `no builder there; same: ${parts}`];
}

const PARTS_COMPARED: Readonly<Record<string, string>> = {
  dataInsight: 'sink, workflowConfig',
  policyAgent: 'source, workflowConfig',
};

/** All that the ingestion image's own code said. */
export interface OracleAnswer {
  readonly workflows: readonly WorkflowVerdict[];
  readonly fqns: readonly (readonly string[])[];
  readonly secretFields?: readonly string[];
}

/** Folder of the entities, and of what was recorded of them. */
export const WORKFLOWS_FOLDER: string = join(import.meta.dirname, '..', 'fixtures', 'workflows');

/** Names whose parts both sides must see alike. */
export const FQNS: readonly string[] = [
  'mysql.nightly',
  '"snow.eu".quoted',
  'a.b."c.d"."e ""f"" g"',
  'one',
  'データ.夜',
];

/** Every recorded entity with the workflow that we make of it now. */
export function workflowCases(): WorkflowCase[] {
  const entities = JSON.parse(readFileSync(join(WORKFLOWS_FOLDER, 'entities.json'), 'utf8')) as {
    name: string;
    pipeline: unknown;
    service: unknown;
  }[];
  return entities.map((entity) => {
    const workflow = workflowOf(
      ingestionPipelineSchema.parse(entity.pipeline),
      serviceSchema.parse(entity.service),
    );
    return { ...entity, workflow, text: workflowText(workflow) };
  });
}

/** Asks the Python packages. Throws with what Python wrote when it fails. */
export function askOracle(python: string, secretFields: boolean): OracleAnswer {
  const script = join(import.meta.dirname, '..', 'services', 'workflowOracle.py');
  const asked = JSON.stringify({ workflows: workflowCases(), fqns: FQNS, secretFields });
  const { status, stdout, stderr } = spawnSync(python, [script], { input: asked, encoding: 'utf8' });
  if (status !== 0) throw new Error(`asking ${python} about workflows: ${stderr}`);
  return JSON.parse(stdout) as OracleAnswer;
}
