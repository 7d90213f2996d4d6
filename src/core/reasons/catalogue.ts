import type { Outcome } from '../run/run.ts';

/**
 * Where a reason comes from: `ours` (Endwell decided), `pending` (why a pod has not started yet),
 * `ended` (read from the pod: somebody or something else ended it).
 */
export type ReasonClass = 'ours' | 'pending' | 'ended';

/** One row of the catalogue. */
export interface Reason {
  readonly class: ReasonClass;
  /** One sentence for a person who never saw this code. */
  readonly sentence: string;
  /** Whether another attempt can be expected to end otherwise. */
  readonly retriable: boolean;
  /** What to do next, in the imperative. */
  readonly nextStep: string;
}

const ours = (sentence: string, nextStep: string, retriable = false): Reason => ({
  class: 'ours',
  sentence,
  retriable,
  nextStep,
});
const pending = (sentence: string, nextStep: string, retriable = true): Reason => ({
  class: 'pending',
  sentence,
  retriable,
  nextStep,
});
const ended = (sentence: string, nextStep: string, retriable: boolean): Reason => ({
  class: 'ended',
  sentence,
  retriable,
  nextStep,
});

const NOTHING = 'Nothing to do.';

/**
 * Every reason that a run, an attempt or a handler can have. The code is the key. Codes are stable: users' retry rules,
 * alerts and scripts name them.
 */
export const CATALOGUE = {
  // Ours.
  Cancelled: ours('Somebody asked for the run to be cancelled.', NOTHING),
  Deleted: ours('The run was deleted before it had ended.', 'Submit it again if it is still wanted.'),
  Superseded: ours('A newer run of the same key took its place.', 'Look at the newer run.'),
  Joined: ours(
    'An equal run is active; this one points to it and does nothing itself.',
    'Follow the run it joined.',
  ),
  DuplicateRejected: ours(
    'A run of the same key is active and the policy allows only one.',
    'Wait for the active run to end, or choose another dedupe policy.',
  ),
  BackoffAfterFailure: ours(
    'The last run of this key failed a short time ago.',
    'Mend the cause, then submit again once the back-off is over.',
    true,
  ),
  QueueFull: ours(
    'The queue takes no more runs.',
    'Submit again later, or raise the limits of the queue.',
    true,
  ),
  QueueTimeout: ours(
    'The run waited in its queue for longer than limits.queueSeconds.',
    'See what holds the queue; raise its limits or limits.queueSeconds.',
    true,
  ),
  LimitReached: ours(
    'A limit of the queue, the namespace or the subject is reached.',
    'Wait for a running one to end, or raise the limit.',
    true,
  ),
  DuplicateWaits: ours(
    'A run of the same key is active, and this one waits for its end.',
    'Wait for the active run to end, or cancel it; to let both run, choose dedupe.whenActive: Allow.',
    true,
  ),
  QueueMissing: ours(
    'The queue that the run names does not exist.',
    'Create the Queue in the namespace of the run, or submit it with a queue that exists.',
  ),
  SpecInvalid: ours(
    'The spec can not be carried out as it is written.',
    'Mend the field that the message names.',
  ),
  NameTaken: ours(
    "Another object already has the name of this run's pod.",
    'Delete the object that the message names, or give the run another name.',
  ),
  StartTimeout: ours(
    'Main had not started within limits.startSeconds.',
    'See the events of the pod; raise limits.startSeconds if the start is only slow.',
    true,
  ),
  InitStalled: ours(
    'The init containers showed no progress for limits.initIdleSeconds.',
    'See the log of the init container.',
    true,
  ),
  InitTimeout: ours(
    'The init containers had not ended within limits.initMaxSeconds.',
    'See the log of the init container; raise limits.initMaxSeconds if it is only slow.',
    true,
  ),
  Stalled: ours('Main showed no sign of progress for limits.stallSeconds.', 'See the end of its log.', true),
  RunTimeout: ours(
    'Main ran for longer than limits.runSeconds.',
    'See the end of its log; raise limits.runSeconds if it is only slow.',
    true,
  ),
  TotalTimeout: ours(
    'The run took longer than limits.totalSeconds in all.',
    'See its timeline; raise limits.totalSeconds if it is only slow.',
  ),
  ExitTimeout: ours(
    'The exit handler ran for longer than limits.exitSeconds.',
    "See the handler's log; raise limits.exitSeconds if it is only slow.",
    true,
  ),
  NamespaceTerminating: ours(
    'The namespace is being deleted: no pod can be created there, so no exit handler can run.',
    'Use another namespace.',
  ),
  FinalizerBlocked: ours(
    'A finalizer can not be removed, so the object stays.',
    'Mend the webhook or the right that the message names.',
    true,
  ),
  Swept: ours('The pod was of no use any more: on no record, or its time to be kept was over.', NOTHING),
  SubjectKilled: ours('Everything that ran for its subject was killed.', NOTHING),

  // Pending.
  Unschedulable: pending(
    'No node can take the pod.',
    'Add capacity, or lower requests, node selectors and affinities so that a node fits.',
  ),
  NodeUnreachable: pending('The node of the pod does not answer.', 'Look at the node; the run waits for it.'),
  ImagePullFailed: pending(
    'The image can not be pulled.',
    'Check the name and tag of the image, the registry, and imagePullSecrets.',
  ),
  InvalidImageName: pending(
    'The name of the image is not valid.',
    'Correct the image of the container.',
    false,
  ),
  ConfigError: pending(
    'A ConfigMap, a Secret or a key that the pod refers to is missing, or its configuration is not valid.',
    'Create what is missing, or correct the reference.',
  ),
  VolumeError: pending('A volume can not be mounted.', 'See the claim or object that the message names.'),
  SandboxFailed: pending(
    "The node can not set up the pod's sandbox: its network, its runtime class or its container runtime.",
    'Look at the network plugin and the container runtime of the node that the message names.',
  ),
  QuotaExceeded: pending(
    'The quota of the namespace is used up.',
    'Raise the quota, or wait for pods to end.',
  ),
  AdmissionDenied: pending(
    'An admission webhook or policy refused the pod.',
    'Satisfy the policy that the message names, or mend the webhook.',
  ),
  PodSecurityDenied: pending(
    'The Pod Security level of the namespace forbids the pod.',
    'Set the fields that the message names in spec.main (for example runAsNonRoot and runAsUser).',
  ),
  Forbidden: pending(
    'Endwell has no right to create the pod.',
    'Grant the operator the right that the message names.',
  ),
  ApiUnavailable: pending(
    'The API server does not take the pod at the moment.',
    'Look at the API server; Endwell tries again by itself.',
  ),

  // Ended.
  Completed: ended('Main ended with exit code 0.', NOTHING, false),
  ExitCode: ended('A container ended with an exit code other than 0.', 'See the end of its log.', true),
  Signal: ended('A container was ended by a signal.', 'Find out who sent it; see the end of its log.', true),
  OutOfMemory: ended(
    'A container used more memory than its limit.',
    'Raise its memory limit, or make it use less.',
    true,
  ),
  Evicted: ended(
    'The node or an administrator evicted the pod.',
    'Lower its use, or raise its requests.',
    true,
  ),
  Preempted: ended('A pod of higher priority took its place.', 'Give the run a priorityClassName.', true),
  NodeLost: ended('The node that ran the pod was lost.', 'Look at the node.', true),
  NodeShutdown: ended('The node that ran the pod was shut down.', NOTHING, true),
  PodDeleted: ended('Somebody deleted the pod.', 'Find out who; Endwell did not.', false),
  DeadlineExceeded: ended(
    'The pod ran for longer than its own activeDeadlineSeconds.',
    'Raise activeDeadlineSeconds in spec.main, or use limits.runSeconds.',
    true,
  ),
  ContainerCannotRun: ended(
    'The container could not be started.',
    'Check its command, working directory and mounts.',
    false,
  ),
  InitFailed: ended('An init container failed.', 'See the log of the init container.', true),
  SidecarFailed: ended(
    'A container beside main failed, and main ended after it.',
    "See that container's log.",
    true,
  ),
  PreStopFailed: ended(
    'Somebody deleted the pod, and the preStop hook of a container failed.',
    'Find out who deleted it; mend the hook (docs/guide/pre-stop-hooks.md), or move its work to the exit handler, which also runs when a pod is not deleted.',
    false,
  ),
  Unknown: ended('What ended the pod is not known.', 'See the events of the pod and of its node.', false),
} as const satisfies Record<string, Reason>;

/** A code of the catalogue. */
export type ReasonCode = keyof typeof CATALOGUE;

/** Whether a text is a code of the catalogue. */
export function isReasonCode(text: string): text is ReasonCode {
  return Object.hasOwn(CATALOGUE, text);
}

/** Reasons whose outcome is Cancelled. */
export const CANCELLING_REASONS: ReadonlySet<ReasonCode> = new Set([
  'Cancelled',
  'Deleted',
  'Superseded',
  'SubjectKilled',
]);

/** The outcome of a stage that ended for this reason (DOMAIN, "Phases"). */
export function outcomeOf(reason: ReasonCode): Outcome {
  if (reason === 'Completed') {
    return 'Succeeded';
  }
  if (CANCELLING_REASONS.has(reason)) {
    return 'Cancelled';
  }
  return reason === 'NodeLost' ? 'Lost' : 'Failed';
}
