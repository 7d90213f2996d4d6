import { subjectText } from '../naming/naming.ts';
import { afterFailureOfProfile, DEFAULT_PROFILE, queueOfProfile } from '../profile/builtInProfiles.ts';
import { isTrue, timeOf } from '../run/conditions.ts';
import { isTerminal } from '../run/phases.ts';
import type { Run, RunSpec } from '../run/run.ts';

/** What happens to a run whose key another run has. */
export type Policy = 'Queue' | 'Join' | 'Reject' | 'Replace';

/**
 * Where a run stands: not accepted yet; accepted and waiting for its turn; its main has a slot; only its handler is
 * left.
 */
export type Standing = 'new' | 'waiting' | 'main' | 'exiting';

/** What admission looks at of a run that has not ended. */
export interface Demand {
  readonly kind: Run['kind'];
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly queue: string;
  readonly priority: number;
  /** ms since the epoch; kept through every retry. */
  readonly createdAt: number;
  readonly subject: string | undefined;
  /** Runs of one key exclude each other; undefined: it takes no part in that. */
  readonly dedupe: Dedupe | undefined;
  readonly standing: Standing;
  /** Waiting between two attempts: not before this, ms since the epoch. */
  readonly retryAt: number | undefined;
  /** It has had a slot: waiting now for another attempt, it has its key all the time. */
  readonly hasStarted: boolean;
  /** Somebody wants it to end: it takes no slot any more. */
  readonly isStopping: boolean;
  /** Only a newer version understands it: it counts where it stands, and nothing is decided on it. */
  readonly isLeftAlone: boolean;
  /** Of the status that this was read from. */
  readonly revision: number;
}

/** How a run shares its key. */
export interface Dedupe {
  /** Unique with the namespace in it. */
  readonly key: string;
  /** As a person reads it. */
  readonly text: string;
  readonly policy: Policy;
  /** Above 0: how long after a failure of the key a new run is refused. */
  readonly afterFailureSeconds: number;
}

/**
 * What the run asks of admission; undefined: it has ended, and asks for nothing.
 *
 * @param isLeftAlone `newerPart` says that only a newer version understands it
 */
export function demandOf(run: Run, now: number, isLeftAlone = false): Demand | undefined {
  const { metadata, spec, status } = run;
  if (isTerminal(status?.phase)) return undefined;
  const subject = spec.subject === undefined ? undefined : subjectText(spec.subject);
  return {
    kind: run.kind,
    uid: metadata.uid ?? '',
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    queue: queueNameOf(spec),
    priority: spec.priority ?? 0,
    createdAt: timeOf(metadata.creationTimestamp) ?? now,
    subject,
    dedupe: dedupeOf(metadata.namespace ?? '', spec),
    standing: standingOf(run),
    retryAt: timeOf(status?.retryAt),
    hasStarted: (status?.attempts.length ?? 0) > 0 || status?.timeline.admittedAt !== undefined,
    isStopping: spec.cancel !== undefined || metadata.deletionTimestamp !== undefined,
    isLeftAlone,
    revision: status?.revision ?? 0,
  };
}

/** Name of the queue of a run: its own word, else its profile's. */
export function queueNameOf(spec: RunSpec): string {
  return spec.queue ?? queueOfProfile(spec.profile);
}

/** How a run shares its key; undefined: it has none, or takes no part (Allow): it holds up nobody, and nobody it. */
export function dedupeOf(
  namespace: string,
  { subject, profile = DEFAULT_PROFILE, dedupe }: RunSpec,
): Dedupe | undefined {
  const { key, whenActive = 'Queue', afterFailureSeconds = afterFailureOfProfile(profile) } = dedupe ?? {};
  if (whenActive === 'Allow') return undefined;
  const policy = { policy: whenActive, afterFailureSeconds };
  if (key !== undefined) {
    return { ...policy, key: JSON.stringify([namespace, key]), text: `key ${JSON.stringify(key)}` };
  }
  if (subject === undefined) return undefined;
  const text = subjectText(subject);
  return {
    ...policy,
    key: JSON.stringify([namespace, subject.kind, subject.id, profile]),
    text: `${text} with profile ${profile}`,
  };
}

function standingOf({ status }: Run): Standing {
  switch (status?.phase) {
    case 'Pending':
    case 'Running':
      return 'main';
    case 'Exiting':
      return 'exiting';
    case 'Queued':
    case undefined:
      return isTrue(status, 'Accepted') ? 'waiting' : 'new';
    default:
      // A phase of a newer version: a slot too many that counts does less harm than one that doesn't.
      return isTrue(status, 'Accepted') ? 'main' : 'new';
  }
}
