import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Action } from '../decide/decision.ts';
import { isGated, uidOf } from '../pod/podFacts.ts';
import { isTrue, timeOf, transitionOf } from '../run/conditions.ts';
import { isLegalMove } from '../run/phases.ts';
import { retryOf } from '../run/retry.ts';
import type { RunStatus, RunTemplate } from '../run/run.ts';

/** A moment in a story at which something was written or done. */
export interface Moment {
  /** ms since the epoch. */
  readonly now: number;
  readonly template: RunTemplate | undefined;
  /** UIDs whose evidence a store has; undefined: there is no store. */
  readonly evidence: ReadonlySet<string> | undefined;
  /** The pods that are there. */
  readonly pods: readonly Pod[];
  readonly runUid: string;
}

const STAMPS = [
  'acceptedAt',
  'admittedAt',
  'startedAt',
  'finishedAt',
  'exitStartedAt',
  'exitFinishedAt',
] as const;

/** What is broken when one status follows another; undefined: nothing. */
export function brokenByStatus(
  before: RunStatus | undefined,
  after: RunStatus,
  template: RunTemplate | undefined,
): string | undefined {
  const stamps = STAMPS.map((name) => timeOf(after.timeline[name])).filter((at) => at !== undefined);
  const retry = retryOf(template);
  const rows: [boolean, string][] = [
    [isLegalMove(before?.phase, after.phase), `phase ${before?.phase} became ${after.phase}`],
    [before?.main === undefined || same(before.main, after.main), 'the result of main changed'],
    [
      same(
        stamps,
        [...stamps].sort((a, b) => a - b),
      ),
      `the timeline goes back: ${JSON.stringify(after.timeline)}`,
    ],
    [after.phase !== 'Queued' || !isTrue(after, 'Admitted'), 'a run that waits holds its slot'],
    [after.phase !== 'Queued' || !isTrue(after, 'Started'), 'a run that waits is called started'],
    [
      same(
        numbersOf(after),
        numbersOf(after).map((_, index) => index + 1),
      ),
      'attempts are not numbered in order',
    ],
    [
      retry.afterUnconfirmedLoss || after.attempts.slice(0, -1).every((one) => one.unconfirmed !== true),
      'an attempt followed one whose container may still run',
    ],
    [after.attempts.length <= retry.maxAttempts + 3, `${after.attempts.length} attempts`],
    [
      after.attempts.slice(0, -1).every((one) => one.outcome === 'Failed' || one.outcome === 'Lost'),
      'an attempt followed one that did not fail',
    ],
  ];
  return rows.find(([holds]) => !holds)?.[1];
}

/** What is broken when something is done while this status is stored; undefined: nothing. */
export function brokenByAction(
  action: Action,
  stored: RunStatus | undefined,
  moment: Moment,
): string | undefined {
  switch (action.kind) {
    case 'createMainPod':
      return brokenByAttempt(action.attempt, stored, moment.now);
    case 'createExitPod':
      return stored?.main === undefined ? 'a handler was made before main had its result' : undefined;
    case 'ungateMainPod':
      return isRecorded(stored, action.podUID) ? undefined : 'a pod was let through that is not on record';
    case 'deletePod':
      return brokenByKill(action, stored, moment);
    case 'deleteRun':
      return brokenByRemoval(stored, moment);
    default:
      return undefined;
  }
}

function brokenByAttempt(attempt: number, stored: RunStatus | undefined, now: number): string | undefined {
  const retryAt = timeOf(stored?.retryAt);
  if ((stored?.attempts.length ?? 0) !== attempt - 1) {
    return `attempt ${attempt} was made after ${stored?.attempts.length ?? 0} attempts`;
  }
  return retryAt !== undefined && now < retryAt ? `attempt ${attempt} was made in its back-off` : undefined;
}

function brokenByKill(
  action: Action & { kind: 'deletePod' },
  stored: RunStatus | undefined,
  { evidence }: Moment,
): string | undefined {
  if (action.verdict.rule === 'keepPodSeconds') {
    return evidence?.has(action.podUID) === false
      ? 'a pod was removed before its evidence was stored'
      : undefined;
  }
  const open = stored?.attempts.some((one) => one.podUID === action.podUID && one.outcome === undefined);
  return open === true && stored?.verdicts?.[action.podUID] === undefined
    ? 'a pod was killed without a verdict on record'
    : undefined;
}

function brokenByRemoval(stored: RunStatus | undefined, moment: Moment): string | undefined {
  const since = stored === undefined ? undefined : transitionOf(stored, 'Finished');
  if (since === undefined || moment.now < since) {
    return 'a run was removed that had not ended';
  }
  const owed = [...moment.pods.filter((pod) => !isInert(stored, pod)).map(uidOf), moment.runUid];
  return moment.evidence !== undefined && !owed.every((uid) => moment.evidence?.has(uid))
    ? 'a run was removed before its evidence was stored'
    : undefined;
}

/** A pod behind our gate that is not on record never ran and never will: there is nothing to be known of it. */
function isInert(stored: RunStatus | undefined, pod: Pod): boolean {
  return isGated(pod) && !isRecorded(stored, uidOf(pod));
}

function isRecorded(stored: RunStatus | undefined, podUID: string): boolean {
  return stored?.attempts.some((attempt) => attempt.podUID === podUID) ?? false;
}

function numbersOf(status: RunStatus): number[] {
  return status.attempts.map(({ number }) => number);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
