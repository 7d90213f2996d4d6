import type { IngestionPipeline, PipelineService } from './entity.ts';
import { PIPELINE_TYPES, type PipelineType } from './pipelineTypes.ts';
import { WorkflowError } from './workflowError.ts';
import { sourceOf, stepsOf } from './workflowParts.ts';

/** A workflow as the ingestion image reads it: of an ingestion (`source`, `sink`, …), or of an application. */
export type Workflow = Readonly<Record<string, unknown>>;

/**
 * The workflow of a pipeline, with its secrets. The service is needed by every type that reads one. Refuses
 * (`WorkflowError`) a type that nobody here knows, and a pipeline or service that lacks what a run needs.
 */
export function workflowOf(pipeline: IngestionPipeline, service: PipelineService | undefined): Workflow {
  const type = knownType(pipeline);
  const shared = {
    workflowConfig: workflowConfigOf(pipeline),
    ingestionPipelineFQN: pipeline.fullyQualifiedName,
    ...given('enableStreamableLogs', pipeline.enableStreamableLogs),
  };
  if (type === 'application') return { ...applicationOf(pipeline), ...shared };
  return {
    source: sourceOf(type, pipeline, service),
    ...stepsOf(type, pipeline, service),
    ...shared,
  };
}

/**
 * The workflow with values for one run laid over the configuration of its application, as a run with a configuration asks.
 * Refuses (`WorkflowError`) the workflow of an ingestion: it has none.
 */
export function withAppConfig(workflow: Workflow, overlay: Readonly<Record<string, unknown>>): Workflow {
  if (workflow['sourcePythonClass'] === undefined) {
    throw new WorkflowError(
      `building the workflow of ${String(workflow['ingestionPipelineFQN'])}: only a pipeline of type application takes a configuration for one run; change the pipeline and deploy it`,
    );
  }
  return { ...workflow, appConfig: { ...(workflow['appConfig'] as object | undefined), ...overlay } };
}

/** How a run reaches the server, as JSON for the key of the Secret that tools read it from; undefined where there is none. */
export function securityConfigOf(pipeline: IngestionPipeline): string | undefined {
  const config = pipeline.openMetadataServerConnection?.['securityConfig'];
  return config === undefined || config === null ? undefined : JSON.stringify(config);
}

function knownType({ pipelineType, fullyQualifiedName }: IngestionPipeline): PipelineType {
  const known = PIPELINE_TYPES.find((type) => type === pipelineType);
  if (known !== undefined) return known;
  throw new WorkflowError(
    `building the workflow of ${fullyQualifiedName}: no workflow is known for pipelineType ${pipelineType}; known: ${PIPELINE_TYPES.join(', ')}`,
  );
}

function workflowConfigOf(pipeline: IngestionPipeline): Record<string, unknown> {
  const connection = pipeline.openMetadataServerConnection;
  if (connection === undefined || securityConfigOf(pipeline) === undefined) {
    const field = connection === undefined ? '' : '.securityConfig';
    throw new WorkflowError(
      `building the workflow of ${pipeline.fullyQualifiedName}: the pipeline lacks openMetadataServerConnection${field}, by which a run reaches OpenMetadata; send it with the token of the ingestion bot`,
    );
  }
  return {
    loggerLevel: pipeline.loggerLevel ?? 'INFO',
    ...given('raiseOnError', pipeline.raiseOnError),
    openMetadataServerConfig: connection,
  };
}

function applicationOf({ sourceConfig, fullyQualifiedName }: IngestionPipeline): Record<string, unknown> {
  const { sourcePythonClass, appConfig, appPrivateConfig } = sourceConfig.config ?? {};
  if (typeof sourcePythonClass !== 'string') {
    throw new WorkflowError(
      `building the workflow of ${fullyQualifiedName}: sourceConfig.config lacks sourcePythonClass, the class that the application runs`,
    );
  }
  return {
    sourcePythonClass,
    ...given('appConfig', appConfig),
    ...given('appPrivateConfig', appPrivateConfig),
  };
}

/** A field that is left out where the entity does not have it: then the image's own default holds. */
function given(key: string, value: unknown): Record<string, unknown> {
  return value === undefined || value === null ? {} : { [key]: value };
}
