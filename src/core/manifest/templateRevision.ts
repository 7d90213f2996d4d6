import type { ControllerRevision } from 'kubernetes-types/apps/v1.d.ts';
import { LABEL, templateName } from '../naming/naming.ts';
import type { RunTemplate } from '../run/run.ts';

/**
 * The object that keeps a resolved template: named by its content, immutable, shared by all runs of the namespace that
 * resolve to it.
 */
export function templateRevision(template: RunTemplate, namespace: string): ControllerRevision {
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name: templateName(template), namespace, labels: { [LABEL.template]: 'true' } },
    revision: 1,
    data: { template },
  };
}

/** The template that a ControllerRevision holds; undefined when it holds none of ours. */
export function templateOf(revision: ControllerRevision): RunTemplate | undefined {
  const data: { template?: RunTemplate } | undefined = revision.data;
  return data?.template?.main === undefined ? undefined : data.template;
}
