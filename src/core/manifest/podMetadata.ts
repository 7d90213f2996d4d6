import type { ObjectMeta, OwnerReference } from 'kubernetes-types/meta/v1.d.ts';
import { ANNOTATION, GROUP, LABEL, subjectHash, subjectText } from '../naming/naming.ts';
import type { Run, RunTemplate, Stage } from '../run/run.ts';
import { givenLabels, identityAnnotations, identityLabels } from './identityMarks.ts';

/** Name, labels and annotations of a run's pod. No label of a user overwrites or forges one of ours. */
export function podMetadata(
  run: Run,
  template: RunTemplate,
  pod: { readonly name: string; readonly stage: Stage; readonly attempt: number },
): ObjectMeta {
  const asked = (pod.stage === 'main' ? template.main : template.exitHandler)?.metadata;
  return {
    name: pod.name,
    ...(run.metadata.namespace === undefined ? {} : { namespace: run.metadata.namespace }),
    labels: {
      ...givenLabels(run),
      ...withoutOurs(asked?.labels),
      ...podLabels(run, template, pod),
    },
    annotations: { ...withoutOurs(asked?.annotations), ...podAnnotations(run) },
  };
}

/** The owner reference serves garbage collection only: it does not block the deletion of the run. */
export function ownerReference(run: Run): OwnerReference {
  return {
    apiVersion: run.apiVersion,
    kind: run.kind,
    name: run.metadata.name ?? '',
    uid: run.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: false,
  };
}

/** Keys with our prefix mean what we say they mean: a user's are left out, also where we set none. */
function withoutOurs(labels: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(labels ?? {}).filter(([key]) => !key.startsWith(`${GROUP}/`)));
}

function podLabels(
  run: Run,
  template: RunTemplate,
  { stage, attempt }: { readonly stage: Stage; readonly attempt: number },
): Record<string, string> {
  const { subject } = run.spec;
  return {
    ...identityLabels(run, stage, attempt),
    [LABEL.profile]: template.profile,
    ...(subject === undefined ? {} : { [LABEL.subject]: subjectHash(subject) }),
  };
}

function podAnnotations(run: Run): Record<string, string> {
  const { subject } = run.spec;
  return {
    ...(subject === undefined ? {} : { [ANNOTATION.subject]: subjectText(subject) }),
    ...identityAnnotations(run),
  };
}
