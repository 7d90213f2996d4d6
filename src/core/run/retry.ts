import { createHash } from 'node:crypto';
import { CANCELLING_REASONS, CATALOGUE, isReasonCode, type ReasonCode } from '../reasons/catalogue.ts';
import { DEFAULT_RETRY, MAX_DISRUPTIONS } from './defaults.ts';
import type { Attempt, Retry, RetryRule } from './run.ts';

/** Ends that are nobody's fault and leave nothing running: they have retries of their own. */
export const DISRUPTIONS: ReadonlySet<ReasonCode> = new Set([
  'Evicted',
  'Preempted',
  'NodeShutdown',
  'NodeLost',
]);

/** Most of a pause that is laid on top of it by chance, so that runs that failed together don't return together. */
const JITTER = 0.2;

/** Reasons of ours for which an attempt is ended, and for which another one makes sense. */
const OURS: ReadonlySet<ReasonCode> = new Set([
  'StartTimeout',
  'InitStalled',
  'InitTimeout',
  'Stalled',
  'RunTimeout',
]);

/** Whether an attempt can fail for a reason, so that a rule that names it can match. */
export function canEndAttempt(reason: string): boolean {
  if (!isReasonCode(reason) || reason === 'Completed' || CANCELLING_REASONS.has(reason)) {
    return false;
  }
  return CATALOGUE[reason].class !== 'ours' || OURS.has(reason);
}

/** Whether a failed attempt is followed by another one. */
export type RetryWord =
  | { readonly kind: 'retry'; readonly why: string }
  | { readonly kind: 'final'; readonly why: string };

/**
 * Whether the last of these attempts, which has ended, is followed by another one. Rules come first, and the first
 * that matches decides. Disruptions are retried apart from maxAttempts, up to their own bound, unless a rule says Fail.
 * Without rules maxAttempts is for the reasons that the catalogue calls retriable; with rules what none matches fails.
 * An end that nobody could confirm is final, for its container may still run, unless the run allows that.
 */
export function retryWord(retry: Retry, attempts: readonly Attempt[]): RetryWord {
  const last = attempts.at(-1);
  if (last === undefined || (last.outcome !== 'Failed' && last.outcome !== 'Lost')) {
    return { kind: 'final', why: 'it did not fail' };
  }
  if (last.unconfirmed === true && !retry.afterUnconfirmedLoss) {
    return { kind: 'final', why: 'its container may still run, and retry.afterUnconfirmedLoss is not set' };
  }
  const index = retry.rules.findIndex((rule) => matches(rule, last));
  const rule = retry.rules[index];
  if (rule?.action === 'Fail') {
    return { kind: 'final', why: `retry rule ${index} says Fail` };
  }
  const disruptions = attempts.filter(isDisrupted).length;
  if (isDisrupted(last) && disruptions <= MAX_DISRUPTIONS) {
    return { kind: 'retry', why: `disruption ${disruptions}, of which ${MAX_DISRUPTIONS} are retried` };
  }
  const used = attempts.length - Math.min(disruptions, MAX_DISRUPTIONS);
  if (rule === undefined && !isRetriable(retry, last)) {
    return { kind: 'final', why: `${last.reason ?? 'its reason'} is not retried` };
  }
  if (used >= retry.maxAttempts) {
    return { kind: 'final', why: `it was attempt ${used} of ${retry.maxAttempts}` };
  }
  return { kind: 'retry', why: `it was attempt ${used} of ${retry.maxAttempts}` };
}

/**
 * Pause before the next attempt, ms: backoffSeconds, grown by backoffFactor with each attempt, capped, and up to a fifth
 * more. The chance in it comes from the run's UID and the attempt, so that each look at a run finds the same moment.
 */
export function backoffMs(retry: Retry, runUid: string, failedAttempts: number): number {
  const { backoffSeconds, backoffFactor, maxBackoffSeconds } = retry;
  const grown = backoffSeconds * backoffFactor ** Math.max(0, failedAttempts - 1);
  const seconds = Math.min(maxBackoffSeconds, grown);
  return Math.round(seconds * 1000 * (1 + JITTER * fraction(`${runUid}/${failedAttempts}`)));
}

/** How failed attempts of a run are tried again; a template of an earlier version says nothing of it. */
export function retryOf(template: { readonly retry?: Retry } | undefined): Retry {
  return template?.retry ?? DEFAULT_RETRY;
}

function isDisrupted(attempt: Attempt): boolean {
  return attempt.unconfirmed === true || (attempt.reason !== undefined && DISRUPTIONS.has(attempt.reason));
}

function isRetriable(retry: Retry, { reason }: Attempt): boolean {
  return retry.rules.length === 0 && reason !== undefined && CATALOGUE[reason].retriable;
}

/** An exit code counts only where the container ended by itself: the code of one that we killed is our signal's. */
function matches(rule: RetryRule, { reason, exitCode }: Attempt): boolean {
  if (rule.reasons === undefined && rule.exitCodes === undefined) {
    return true;
  }
  const own = reason !== undefined && CATALOGUE[reason].class === 'ended';
  return (
    (reason !== undefined && rule.reasons?.includes(reason) === true) ||
    (own && exitCode !== undefined && rule.exitCodes?.includes(exitCode) === true)
  );
}

/** From 0 to 1, evenly, and always the same for the same text. */
function fraction(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
}
