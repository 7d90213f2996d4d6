import type { IngestionPipeline, PipelineService } from './entity.ts';
import type { PipelineType } from './pipelineTypes.ts';
import { WorkflowError } from './workflowError.ts';

/** What a workflow of an ingestion reads from. */
interface WorkflowSource {
  readonly type: string;
  readonly serviceName?: string;
  readonly serviceConnection?: Readonly<Record<string, unknown>>;
  readonly sourceConfig: Readonly<Record<string, unknown>>;
}

/** A step by the name that the ingestion image looks it up by. */
interface WorkflowStep {
  readonly type: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** What a workflow does with what it has read. */
interface WorkflowSteps {
  readonly processor?: WorkflowStep;
  readonly stage?: WorkflowStep;
  readonly bulkSink?: WorkflowStep;
  readonly sink?: WorkflowStep;
}

type IngestionType = Exclude<PipelineType, 'application'>;

/** Where usage is staged where the pipeline does not say: the default of OpenMetadata's own schema. */
const STAGE_FILE = '/tmp/query_log';

/** Fields of a reindex that the sink calls otherwise. */
const SINK_ARGUMENTS: Readonly<Record<string, string>> = {
  caCerts: 'ca_certs',
  regionName: 'region_name',
  timeout: 'timeout',
  useAwsCredentials: 'use_AWS_credentials',
  useSSL: 'use_ssl',
  verifyCerts: 'verify_certs',
};

/** What a workflow of this type reads from. Refuses (`WorkflowError`) a service that is missing or lacks its type. */
export function sourceOf(
  type: IngestionType,
  pipeline: IngestionPipeline,
  service: PipelineService | undefined,
): WorkflowSource {
  const { sourceConfig } = pipeline;
  switch (type) {
    case 'TestSuite':
      return {
        type: pipeline.service?.type ?? 'testSuite',
        serviceName: serviceNameOf(pipeline, service),
        sourceConfig,
      };
    case 'dataInsight':
      return { type: 'dataInsight', serviceName: serviceNameOf(pipeline, service), sourceConfig };
    case 'elasticSearchReindex':
      return {
        type: 'metadata_elasticsearch',
        serviceName: pipeline.service?.fullyQualifiedName ?? serviceNameOf(pipeline, service),
        serviceConnection: { config: { type: 'MetadataES' } },
        sourceConfig,
      };
    case 'metadata':
    case 'usage':
    case 'lineage':
    case 'profiler':
    case 'autoClassification':
    case 'dbt':
    case 'policyAgent':
      return serviceSource(type, pipeline, service);
    default:
      return type satisfies never;
  }
}

/** What a workflow of this type does with what it has read. */
export function stepsOf(
  type: IngestionType,
  pipeline: IngestionPipeline,
  service: PipelineService | undefined,
): WorkflowSteps {
  switch (type) {
    case 'metadata':
    case 'lineage':
    case 'dbt':
    case 'policyAgent':
    case 'elasticSearchReindex':
      return { sink: SERVER_SINK };
    case 'profiler':
      return { processor: step('orm-profiler'), sink: SERVER_SINK };
    case 'autoClassification':
      return { processor: step('tag-pii-processor'), sink: SERVER_SINK };
    case 'TestSuite':
      return { processor: step('orm-test-runner'), sink: SERVER_SINK };
    case 'usage':
      return usageSteps(pipeline);
    case 'dataInsight':
      return {
        processor: step('data-insight-processor'),
        sink: step('elasticsearch', searchOf(pipeline, service)),
      };
    default:
      return type satisfies never;
  }
}

/** How the type of a source is made from the type of its service. */
const SOURCE_SUFFIX: Partial<Readonly<Record<IngestionType, string>>> = {
  usage: '-usage',
  lineage: '-lineage',
};

const SERVER_SINK: WorkflowStep = step('metadata-rest');

function serviceSource(
  type: IngestionType,
  pipeline: IngestionPipeline,
  service: PipelineService | undefined,
): WorkflowSource {
  if (service?.serviceType === undefined) {
    throw new WorkflowError(
      `building the workflow of ${pipeline.fullyQualifiedName}: a pipeline of type ${type} needs its service with its serviceType and connection; send {pipeline, service}`,
    );
  }
  const sourceType = `${service.serviceType.toLowerCase()}${SOURCE_SUFFIX[type] ?? ''}`;
  return {
    type: type === 'dbt' ? 'dbt' : sourceType,
    serviceName: service.name,
    ...(service.connection ? { serviceConnection: service.connection } : {}),
    sourceConfig: pipeline.sourceConfig,
  };
}

function usageSteps({ sourceConfig }: IngestionPipeline): WorkflowSteps {
  const asked = sourceConfig.config?.['stageFileLocation'];
  const filename = typeof asked === 'string' && asked !== '' ? asked : STAGE_FILE;
  return {
    processor: step('query-parser'),
    stage: step('table-usage', { filename }),
    bulkSink: step('metadata-usage', { filename }),
  };
}

/** What the sink of search is told: how the service of OpenMetadata itself reaches it, and what the pipeline says of it. */
function searchOf(
  { sourceConfig }: IngestionPipeline,
  service: PipelineService | undefined,
): Record<string, unknown> {
  const connection = record(service?.connection?.['config']);
  const asked = Object.entries(sourceConfig.config ?? {}).flatMap(([key, value]) => {
    const name = SINK_ARGUMENTS[key];
    return name === undefined || !value ? [] : [[name, value]];
  });
  return { ...record(record(connection['elasticsSearch'])['config']), ...Object.fromEntries(asked) };
}

function serviceNameOf(pipeline: IngestionPipeline, service: PipelineService | undefined): string {
  const name = pipeline.service?.name ?? service?.name;
  if (name !== undefined) return name;
  throw new WorkflowError(
    `building the workflow of ${pipeline.fullyQualifiedName}: the pipeline names no service; send {pipeline, service}`,
  );
}

function step(type: string, config: Readonly<Record<string, unknown>> = {}): WorkflowStep {
  return { type, config };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
