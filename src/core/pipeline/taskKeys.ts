/** Key of a log page by type of pipeline, as OpenMetadata's user interface looks it up. */
const TASK_KEYS: Readonly<Record<string, string>> = {
  metadata: 'ingestion_task',
  profiler: 'profiler_task',
  autoClassification: 'auto_classification_task',
  lineage: 'lineage_task',
  dbt: 'dbt_task',
  usage: 'usage_task',
  TestSuite: 'test_suite_task',
  dataInsight: 'data_insight_task',
  elasticSearchReindex: 'elasticsearch_reindex_task',
  application: 'application_task',
  policyAgent: 'ingestion_task',
};

/** The key of a log page for a type of pipeline; `ingestion_task` for one that nobody here knows. */
export function taskKey(pipelineType: string): string {
  return Object.hasOwn(TASK_KEYS, pipelineType)
    ? (TASK_KEYS[pipelineType] ?? 'ingestion_task')
    : 'ingestion_task';
}
