import { stringify } from 'yaml';
import type { Workflow } from '../../core/pipeline/workflow.ts';

/**
 * A workflow as YAML that the ingestion image reads as it was meant. Its reader is of YAML 1.1, where a plain `on`, `1_000` or
 * `12:30` is no text: so every text stands in quotes, and nothing is written once and referred to again.
 */
export function workflowText(workflow: Workflow): string {
  return stringify(workflow, {
    version: '1.1',
    aliasDuplicateObjects: false,
    defaultKeyType: 'PLAIN',
    defaultStringType: 'QUOTE_DOUBLE',
    lineWidth: 0,
  });
}
