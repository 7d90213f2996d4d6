import type { z } from 'zod';
import { workflowText } from '../../actions/pipeline/workflowText.ts';
import {
  type IngestionPipeline,
  ingestionPipelineSchema,
  serviceSchema,
} from '../../core/pipeline/entity.ts';
import { configurationProblem, type StoredConfiguration } from '../../core/pipeline/objects/configuration.ts';
import { pipelineTiming } from '../../core/pipeline/objects/timing.ts';
import { redactWorkflow } from '../../core/pipeline/redactWorkflow.ts';
import { securityConfigOf, type Workflow, workflowOf } from '../../core/pipeline/workflow.ts';
import { WorkflowError } from '../../core/pipeline/workflowError.ts';
import { problemsOf } from '../../core/run/specProblems.ts';
import { readTiming } from '../../core/schedule/timing.ts';
import { refusalOfFields } from '../http/readCall.ts';
import { Refusal } from '../http/refusal.ts';

/** A pipeline with what it runs. */
export interface ReadPipeline {
  readonly pipeline: IngestionPipeline;
  readonly workflow: Workflow;
}

/** Reads an entity of OpenMetadata. Refuses (422) what is wrong in it, naming each field below `root`. */
export function readEntity<S extends z.ZodType>(schema: S, input: unknown, root: string): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw refusalOfFields('SpecInvalid', problemsOf(parsed.error, schema, input, root));
}

/** A pipeline and its service with the workflow that they make. Refuses (422) what can't be run, and a schedule that never fires. */
export function readPipeline(body: { readonly pipeline: unknown; readonly service?: unknown }): ReadPipeline {
  const pipeline = readEntity(ingestionPipelineSchema, body.pipeline, 'pipeline');
  const service = body.service === undefined ? undefined : readEntity(serviceSchema, body.service, 'service');
  checkTiming(pipeline);
  return { pipeline, workflow: refusing(() => workflowOf(pipeline, service)) };
}

function checkTiming(pipeline: IngestionPipeline): void {
  const timing = pipelineTiming(pipeline);
  if (timing === undefined) return;
  const fields = {
    cron: 'pipeline.airflowConfig.scheduleInterval',
    timeZone: 'pipeline.airflowConfig.pipelineTimezone',
  };
  const { problems } = readTiming([timing.schedule], timing.timeZone, fields);
  if (problems !== undefined) throw refusalOfFields('SpecInvalid', problems);
}

/** Does what may refuse a workflow; the refusal is a 422. */
export function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof WorkflowError)) throw error;
    throw new Refusal('SpecInvalid', error.message, { cause: error });
  }
}

/** A workflow as a Secret holds it. Refuses (413) one that is too large to be given to a container. */
export function configurationOf(
  fqn: string,
  workflow: Workflow,
  pipeline?: IngestionPipeline,
): StoredConfiguration {
  const text = workflowText(workflow);
  const problem = configurationProblem(fqn, text);
  if (problem !== undefined) throw new Refusal('PayloadTooLarge', problem);
  const security = pipeline && securityConfigOf(pipeline);
  return security === undefined ? { text } : { text, security };
}

/** A workflow for people to read. */
export function redactedText(workflow: Workflow): string {
  return workflowText(redactWorkflow(workflow));
}
