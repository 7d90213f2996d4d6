import { createHash } from 'node:crypto';
import type { Run, Subject } from '../run/run.ts';
import { omJobExitPodName, omJobMainPodName } from './omJobNames.ts';

/** API group of our kinds; prefix of every label, annotation, finalizer and gate of ours. */
export const GROUP = 'endwell.dev';

/** apiVersion of Run. */
export const API_VERSION = 'endwell.dev/v1';

/**
 * Longest name of a run. A label value holds 63 characters, and `<run>-m<attempt>` must fit in one with the
 * number of an attempt (≤ 4 digits): nothing is ever truncated.
 */
export const MAX_RUN_NAME = 57;

/** Name of the main container of a pod that has more than one. */
export const MAIN_CONTAINER = 'main';

/** Labels. On run pods builders set them last, so that no label of a user overwrites one. */
export const LABEL = {
  /** Identity of a run's pods: the run's UID. */
  runUid: 'endwell.dev/run-uid',
  /** Name of the run; of an OMJob fitted to a label. */
  run: 'endwell.dev/run',
  /** On pods of a run that is no Run: its kind. */
  kind: 'endwell.dev/kind',
  /** `main` or `exit`. */
  stage: 'endwell.dev/stage',
  attempt: 'endwell.dev/attempt',
  profile: 'endwell.dev/profile',
  /** Hash of the subject: see {@link subjectHash}. */
  subject: 'endwell.dev/subject',
  /** On a ControllerRevision: it holds a template of runs. */
  template: 'endwell.dev/template',
  /** On a run: name of the run that it was made from, by retry or resubmit. */
  retryOf: 'endwell.dev/retry-of',
  /** Of a drill: `namespace` on the one that it made, `canary` on its runs. */
  drill: 'endwell.dev/drill',
} as const;

/** Annotations. */
export const ANNOTATION = {
  /** On run pods: the subject as `kind/id`, which may not fit a label. */
  subject: 'endwell.dev/subject',
  /** On pods: the name of their OMJob, where a label has only the beginning of it. */
  run: 'endwell.dev/run',
  /** On an OMJob, whose spec has no field for that: who wants it to stop, and why. */
  cancelledBy: 'endwell.dev/cancelled-by',
  cancelReason: 'endwell.dev/cancel-reason',
  /** On what nobody owns any more: when it is deleted unless somebody wants it by then (`src/core/sweep/sweepMark.ts`). */
  sweepAfter: 'endwell.dev/sweep-after',
  /** On the namespace of a drill: from then on that drill is surely over. */
  drillUntil: 'endwell.dev/drill-until',
} as const;

/** Finalizers. */
export const FINALIZER = {
  /** On a run: it owes its exit handler, or its pods are not ended yet. */
  exitOwed: 'endwell.dev/exit-owed',
  /** On a main pod: its end is not recorded yet. */
  outcome: 'endwell.dev/outcome',
} as const;

/** Scheduling gate of a main pod; removed only once the pod's UID is in the status. */
export const GATE = 'endwell.dev/recorded';

/** ConfigMap of the operator's namespace that holds the epoch and the last batch of admission. */
export const ADMISSION_OBJECT = 'endwell-admission';

/** Environment of main containers. */
export const MAIN_ENV = {
  run: 'ENDWELL_RUN',
  runId: 'ENDWELL_RUN_ID',
  namespace: 'ENDWELL_NAMESPACE',
  attempt: 'ENDWELL_ATTEMPT',
} as const;

/** Environment of exit handlers. */
export const EXIT_ENV = {
  run: 'ENDWELL_RUN',
  runId: 'ENDWELL_RUN_ID',
  exitAttempt: 'ENDWELL_EXIT_ATTEMPT',
  namespace: 'ENDWELL_NAMESPACE',
  subject: 'ENDWELL_SUBJECT',
  outcome: 'ENDWELL_OUTCOME',
  reason: 'ENDWELL_REASON',
  exitCode: 'ENDWELL_EXIT_CODE',
  startedAt: 'ENDWELL_STARTED_AT',
  finishedAt: 'ENDWELL_FINISHED_AT',
} as const;

/** A run as names are made from it. */
export interface NamedRun {
  readonly kind: Run['kind'];
  readonly metadata: { readonly name?: string };
}

/** Name of the main pod of an attempt: `<run>-m<attempt>`; of an OMJob `<omjob>-main`. */
export function mainPodName({ kind, metadata: { name = '' } }: NamedRun, attempt: number): string {
  return kind === 'OMJob' ? omJobMainPodName(name, attempt) : `${name}-m${attempt}`;
}

/** Name of the pod of an attempt of the exit handler: `<run>-x<attempt>`; of an OMJob `<omjob>-exit`. */
export function exitPodName({ kind, metadata: { name = '' } }: NamedRun, attempt: number): string {
  return kind === 'OMJob' ? omJobExitPodName(name, attempt) : `${name}-x${attempt}`;
}

/** The subject in one string, as people write it: `kind/id`. */
export function subjectText(subject: Subject): string {
  return `${subject.kind}/${subject.id}`;
}

/** Label value for a subject: the first 20 hex digits of SHA-256 of `kind/id` (80 bits: no accidental clash). */
export function subjectHash(subject: Subject): string {
  return sha256Hex(subjectText(subject)).slice(0, 20);
}

/** Name of the ControllerRevision that holds a template, by its content: equal templates share one revision. */
export function templateName(template: object): string {
  return `endwell-template-${sha256Hex(canonicalJson(template)).slice(0, 20)}`;
}

/** Label selector of all pods of one run. */
export function podsOfRun(runUid: string): string {
  return `${LABEL.runUid}=${runUid}`;
}

/** Label selector of the pods of all runs. */
export const ALL_RUN_PODS: string = LABEL.runUid;

function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** JSON with sorted keys, so that the order in which a manifest was written doesn't change its name. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
