import { ANNOTATION, LABEL } from '../naming/naming.ts';
import { OMJOB_LABEL, omJobLabelValue } from '../naming/omJobNames.ts';
import { PIPELINE_LABEL } from '../naming/pipelineLabels.ts';
import type { Run, Stage } from '../run/run.ts';

/** What a pod of an OMJob is called where the job itself does not say it, as OpenMetadata's operator calls it. */
const OMJOB_DEFAULTS = {
  [PIPELINE_LABEL.name]: 'openmetadata',
  [PIPELINE_LABEL.component]: 'ingestion',
  [PIPELINE_LABEL.managedBy]: 'omjob-operator',
} as const;

/** Labels of an OMJob that its pods have too. */
const HANDED_DOWN = [PIPELINE_LABEL.pipeline, PIPELINE_LABEL.runId] as const;

/** What of the pod says whose it is: set last, so that nothing of a user overwrites it. */
export function identityLabels(run: Run, stage: Stage, attempt: number): Record<string, string> {
  const name = run.metadata.name ?? '';
  return {
    ...(run.kind === 'OMJob'
      ? {
          [OMJOB_LABEL.name]: omJobLabelValue(name),
          [OMJOB_LABEL.podType]: stage === 'main' ? 'main' : 'exit-handler',
          [LABEL.kind]: run.kind,
        }
      : {}),
    [LABEL.runUid]: run.metadata.uid ?? '',
    [LABEL.run]: run.kind === 'OMJob' ? omJobLabelValue(name) : name,
    [LABEL.stage]: stage,
    [LABEL.attempt]: String(attempt),
  };
}

/** The name of the run, where no label holds it. */
export function identityAnnotations(run: Run): Record<string, string> {
  const name = run.metadata.name ?? '';
  return run.kind === 'OMJob' && omJobLabelValue(name) !== name ? { [ANNOTATION.run]: name } : {};
}

/** Labels that a pod of an OMJob has unless its spec says otherwise; none for other runs. */
export function givenLabels({ kind, metadata: { labels = {} } }: Run): Record<string, string> {
  if (kind !== 'OMJob') return {};
  const handed = HANDED_DOWN.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]]]));
  return { ...OMJOB_DEFAULTS, ...Object.fromEntries(handed) };
}
