import type { PodTemplateSpec } from 'kubernetes-types/core/v1.d.ts';
import type { Condition, ObjectMeta } from 'kubernetes-types/meta/v1.d.ts';
import type { ReasonCode } from '../reasons/catalogue.ts';

/**
 * A Run as DOMAIN.md §2 has it. The schema that says what is valid is `spec.ts`; status is only ever ours. An OMJob is a run
 * in other clothes: whoever reads one makes it look like this (`core/omjob/view.ts`), and keeps what it is called.
 */
export interface Run {
  apiVersion: 'endwell.dev/v1' | 'pipelines.openmetadata.org/v1';
  kind: 'Run' | 'OMJob';
  metadata: ObjectMeta;
  spec: RunSpec;
  status?: RunStatus;
}

/** Laid over the profile by strategic merge; any field of a pod template. */
export type PodTemplateOverlay = {
  metadata?: ObjectMeta;
  spec?: Partial<NonNullable<PodTemplateSpec['spec']>>;
};

export interface Subject {
  kind: string;
  id: string;
}

export interface Limits {
  queueSeconds?: number;
  startSeconds?: number;
  initIdleSeconds?: number;
  initMaxSeconds?: number;
  runSeconds?: number;
  totalSeconds?: number;
  stallSeconds?: number;
  nodeLostSeconds?: number;
  exitSeconds?: number;
}

/** A ConfigMap or a Secret of the run's namespace, or one key of it. */
export interface RunInput {
  configMap?: string;
  secret?: string;
  key?: string;
}

export interface RunSpec {
  profile?: string;
  subject?: Subject;
  queue?: string;
  priority?: number;
  dedupe?: {
    key?: string;
    whenActive?: 'Queue' | 'Join' | 'Reject' | 'Replace' | 'Allow';
    afterFailureSeconds?: number;
  };
  main: PodTemplateOverlay;
  exitHandler?: PodTemplateOverlay;
  limits?: Limits;
  retry?: {
    maxAttempts?: number;
    backoffSeconds?: number;
    backoffFactor?: number;
    maxBackoffSeconds?: number;
    rules?: { reasons?: string[]; exitCodes?: number[]; action: 'Retry' | 'Fail' }[];
    afterUnconfirmedLoss?: boolean;
  };
  exitRetry?: { maxAttempts?: number; backoffSeconds?: number };
  keepPodSeconds?: { succeeded?: number; failed?: number };
  ttlSeconds?: { succeeded?: number; failed?: number };
  logs?: 'Tail' | 'Whole' | 'Follow';
  input?: RunInput;
  cancel?: { by?: string; reason?: string };
}

export type Phase =
  | 'Queued'
  | 'Pending'
  | 'Running'
  | 'Exiting'
  | 'Succeeded'
  | 'Failed'
  | 'Cancelled'
  | 'Refused';
export type Outcome = 'Succeeded' | 'Failed' | 'Cancelled' | 'Lost';
export type Stage = 'main' | 'exit';

export interface Attempt {
  number: number;
  podName: string;
  podUID: string;
  node?: string;
  startedAt?: string;
  finishedAt?: string;
  outcome?: Outcome;
  exitCode?: number;
  reason?: ReasonCode;
  message?: string;
  /** The last bytes of the main container's log, at most 1 KiB. */
  logTail?: string;
  /** True: nobody could prove that its container has stopped (node out of reach, pod removed with our finalizer). */
  unconfirmed?: boolean;
}

/** Why we are about to end a pod; stored before it is killed. */
export interface Verdict {
  reason: ReasonCode;
  by: string;
  message: string;
  /** The rule it came from: a field of the spec or a sentence of the docs. */
  rule: string;
  at: string;
}

export interface Receipt {
  podUID: string;
  exitCode: number;
  finishedAt: string;
}

export interface ExitStatus {
  owed: boolean;
  /** Number of the attempt that runs or ran last; 0: none yet. */
  attempts: number;
  podName?: string;
  podUID?: string;
  outcome?: Outcome;
  exitCode?: number;
  /** Of its end; before that, what holds its pod up. */
  reason?: ReasonCode;
  message?: string;
  receipt?: Receipt;
}

/** When things happened (RFC 3339); it never goes back (`timeline.ts`). */
export interface Timeline {
  acceptedAt?: string;
  admittedAt?: string;
  scheduledAt?: string;
  initialisedAt?: string;
  /** The image of main was on its node, after the init containers; left out where the cluster does not tell. */
  pulledAt?: string;
  startedAt?: string;
  finishedAt?: string;
  exitStartedAt?: string;
  exitFinishedAt?: string;
}

export interface RunStatus {
  phase: Phase;
  /** +1 at each status write. */
  revision: number;
  observedGeneration?: number;
  conditions: Condition[];
  reason?: ReasonCode;
  message?: string;
  joined?: string;
  /** Queued between two attempts: when the next one may start. Refused for BackoffAfterFailure: when a run of the key is taken again. */
  retryAt?: string;
  /** Name of the ControllerRevision that holds the resolved pods. */
  template?: string;
  attempts: Attempt[];
  main?: { outcome: Outcome; exitCode?: number; reason: ReasonCode; message: string };
  exit?: ExitStatus;
  verdicts?: Record<string, Verdict>;
  timeline: Timeline;
  /** Terminal phases: for how long the template keeps what is left; the spec's own fields go before. */
  retention?: Retention;
}

/** For how long after its end something of a run is kept, in seconds. */
export interface Retention {
  ttlSeconds: number;
  /** Left out: the pods stay as long as the run. */
  keepPodSeconds?: number;
}

/** How a failed attempt is tried again, after defaults. */
export type Retry = Required<NonNullable<RunSpec['retry']>>;

/** One rule on failed attempts; one that names neither reasons nor exit codes matches each. */
export type RetryRule = Retry['rules'][number];

/** The resolved pods of a run, frozen at acceptance (data of the ControllerRevision). */
export interface RunTemplate {
  profile: string;
  main: PodTemplateSpec;
  exitHandler?: PodTemplateSpec;
  /** All limits after defaults; undefined: no such limit. */
  limits: Limits;
  exitRetry: { maxAttempts: number; backoffSeconds: number };
  /** After defaults. A template that an earlier version froze has none of the following: then the defaults hold. */
  retry?: Retry;
  /** As far as a layer says it; where none does, the pods stay as long as the run. */
  keepPodSeconds?: { succeeded?: number; failed?: number };
  ttlSeconds?: { succeeded: number; failed: number };
  logs?: NonNullable<RunSpec['logs']>;
}
