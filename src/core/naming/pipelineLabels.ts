import { ANNOTATION, LABEL, subjectHash, subjectText } from './naming.ts';
import { sanitizeName, shortName } from './pipelineNames.ts';

/** Labels by which OpenMetadata's tools find things; what we rely on is `endwell.dev/subject`. */
export const PIPELINE_LABEL = {
  name: 'app.kubernetes.io/name',
  component: 'app.kubernetes.io/component',
  managedBy: 'app.kubernetes.io/managed-by',
  pipeline: 'app.kubernetes.io/pipeline',
  pipelineType: 'app.kubernetes.io/pipeline-type',
  runId: 'app.kubernetes.io/run-id',
  appName: 'app.kubernetes.io/app-name',
} as const;

/** On a CronJob: why its `startingDeadlineSeconds` is not what was asked for. */
export const STARTING_DEADLINE_ANNOTATION = 'endwell.dev/starting-deadline';

/** What an object is for, as its labels say it. A subject is a pipeline, an automation or an application. */
export type PipelineSubject =
  | { readonly kind: 'pipeline'; readonly fqn: string; readonly pipelineType: string }
  | { readonly kind: 'automation'; readonly fqn: string }
  | { readonly kind: 'application'; readonly fqn: string };

const COMPONENT = {
  pipeline: 'ingestion',
  automation: 'automation',
  application: 'application',
} as const satisfies Record<PipelineSubject['kind'], string>;

/** Longest value of a label. */
const MAX_LABEL_VALUE = 63;

/** Labels of every object and pod of a subject; `runId` only on what belongs to one run. */
export function pipelineLabels(subject: PipelineSubject, runId?: string): Record<string, string> {
  return {
    [PIPELINE_LABEL.name]: 'openmetadata',
    [PIPELINE_LABEL.component]: COMPONENT[subject.kind],
    [PIPELINE_LABEL.managedBy]: 'openmetadata',
    ...ownLabels(subject),
    ...(runId === undefined ? {} : { [PIPELINE_LABEL.runId]: labelValueOf(runId) }),
    [LABEL.subject]: subjectHash({ kind: subject.kind, id: subject.fqn }),
  };
}

/** Annotations of every object of a subject: its name as people know it, which may not fit a label. */
export function pipelineAnnotations(subject: PipelineSubject): Record<string, string> {
  return { [ANNOTATION.subject]: subjectText({ kind: subject.kind, id: subject.fqn }) };
}

/** Label selector of all that belongs to one subject, whichever engine made it. */
export function subjectSelector(kind: PipelineSubject['kind'], fqn: string): string {
  return `${LABEL.subject}=${subjectHash({ kind, id: fqn })}`;
}

function ownLabels(subject: PipelineSubject): Record<string, string> {
  if (subject.kind === 'pipeline') {
    return {
      [PIPELINE_LABEL.pipeline]: sanitizeName(shortName(subject.fqn)),
      [PIPELINE_LABEL.pipelineType]: labelValueOf(subject.pipelineType.toLowerCase()),
    };
  }
  if (subject.kind === 'application') {
    return { [PIPELINE_LABEL.appName]: sanitizeName(shortName(subject.fqn)) };
  }
  return {};
}

/** What comes from outside and is to be a label's value: other characters become dashes, the end is cut. */
function labelValueOf(text: string): string {
  const clean = text.replaceAll(/[^\w.-]/g, '-').slice(0, MAX_LABEL_VALUE);
  return clean.replaceAll(/^[^a-zA-Z0-9]+|[^a-zA-Z0-9]+$/g, '');
}
