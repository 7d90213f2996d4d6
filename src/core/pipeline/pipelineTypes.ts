/** The types of pipelines that have a workflow. */
export const PIPELINE_TYPES = [
  'metadata',
  'usage',
  'lineage',
  'profiler',
  'autoClassification',
  'TestSuite',
  'dataInsight',
  'elasticSearchReindex',
  'dbt',
  'application',
  'policyAgent',
] as const;

/** One of the types of pipelines that have a workflow. */
export type PipelineType = (typeof PIPELINE_TYPES)[number];
