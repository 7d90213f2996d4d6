import { describe, expect, it } from 'vitest';
import { cronSchedule } from './cronSchedule.ts';
import { taskKey } from './taskKeys.ts';

describe('cronSchedule', () => {
  it.each([
    ['@hourly', '0 * * * *'],
    ['@daily', '0 0 * * *'],
    ['@Midnight', '0 0 * * *'],
    ['@weekly', '0 0 * * 0'],
    ['@monthly', '0 0 1 * *'],
    ['@yearly', '0 0 1 1 *'],
    ['@annually', '0 0 1 1 *'],
    [' 30 2 * * * ', '30 2 * * *'],
    ['constructor', 'constructor'],
    ['', undefined],
    ['  ', undefined],
    [null, undefined],
    [undefined, undefined],
  ])('makes %j into %j', (interval, schedule) => {
    expect(cronSchedule(interval)).toBe(schedule);
  });
});

describe('taskKey', () => {
  it.each([
    ['metadata', 'ingestion_task'],
    ['profiler', 'profiler_task'],
    ['autoClassification', 'auto_classification_task'],
    ['lineage', 'lineage_task'],
    ['dbt', 'dbt_task'],
    ['usage', 'usage_task'],
    ['TestSuite', 'test_suite_task'],
    ['dataInsight', 'data_insight_task'],
    ['elasticSearchReindex', 'elasticsearch_reindex_task'],
    ['application', 'application_task'],
    ['policyAgent', 'ingestion_task'],
    ['somethingNew', 'ingestion_task'],
    ['constructor', 'ingestion_task'],
  ])('of %s is %s', (type, key) => {
    expect(taskKey(type)).toBe(key);
  });
});
