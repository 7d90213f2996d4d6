import type { ReasonCode } from '../reasons/catalogue.ts';
import { canEndAttempt, DISRUPTIONS } from './retry.ts';
import type { Retry, RetryRule, RunSpec } from './run.ts';
import type { SpecProblem } from './specProblems.ts';

/** What of a retry can be judged by itself: rules that can never match, and pauses that are none. */
export function retryProblems(retry: NonNullable<RunSpec['retry']>): SpecProblem[] {
  const rules = retry.rules ?? [];
  return [
    ...rules.flatMap((rule, index) => ruleProblems(rule, index, rules)),
    ...noPause('spec.retry', retry, 'a run'),
  ];
}

/**
 * What only shows once the layers are laid over each other: a rule that retries, and no attempt left to retry with; a
 * longest pause below the first.
 */
export function attemptProblems(retry: Retry): SpecProblem[] {
  const index = retry.rules.findIndex(
    ({ action, reasons }) =>
      action === 'Retry' && !(reasons ?? ['']).every((reason) => DISRUPTIONS.has(reason as ReasonCode)),
  );
  const problems: SpecProblem[] = [];
  if (index >= 0 && retry.maxAttempts === 1) {
    const message = 'retries, and retry.maxAttempts is 1: there is no further attempt; set it to 2 or more';
    problems.push({ field: `spec.retry.rules[${index}]`, message });
  }
  if (retry.maxBackoffSeconds < retry.backoffSeconds) {
    const message = `is ${retry.maxBackoffSeconds}, less than retry.backoffSeconds, which is ${retry.backoffSeconds}`;
    problems.push({ field: 'spec.retry.maxBackoffSeconds', message });
  }
  return problems;
}

function ruleProblems(rule: RetryRule, index: number, rules: readonly RetryRule[]): SpecProblem[] {
  const field = `spec.retry.rules[${index}]`;
  if (rule.reasons !== undefined && rule.exitCodes !== undefined) {
    return [{ field, message: 'names reasons and exitCodes; one of the two is allowed: make it two rules' }];
  }
  const before = rules.slice(0, index);
  const all = before.findIndex((one) => one.reasons === undefined && one.exitCodes === undefined);
  if (all >= 0) {
    return [{ field, message: `can never match: rule ${all} before it matches every failed attempt` }];
  }
  return impossible(rule, field) ?? shadowed(rule, field, before) ?? [];
}

function impossible(rule: RetryRule, field: string): SpecProblem[] | undefined {
  const reason = rule.reasons?.find((one) => !canEndAttempt(one));
  if (reason !== undefined) {
    const message = `names ${reason}, which is never why an attempt failed: the rule can never match it`;
    return [{ field: `${field}.reasons`, message }];
  }
  return rule.exitCodes?.includes(0) === true
    ? [{ field: `${field}.exitCodes`, message: 'names 0, which is success: the rule can never match it' }]
    : undefined;
}

function shadowed(rule: RetryRule, field: string, before: readonly RetryRule[]): SpecProblem[] | undefined {
  const reasons = new Set(before.flatMap((one) => one.reasons ?? []));
  const codes = new Set(before.flatMap((one) => one.exitCodes ?? []));
  const all = [
    ...(rule.reasons ?? []).map((one) => reasons.has(one)),
    ...(rule.exitCodes ?? []).map((one) => codes.has(one)),
  ];
  return all.length > 0 && all.every(Boolean)
    ? [{ field, message: 'can never match: rules before it match all that it names' }]
    : undefined;
}

/** A pause that is none, of the handler's retry. */
export function exitRetryProblems(exitRetry: NonNullable<RunSpec['exitRetry']>): SpecProblem[] {
  return noPause('spec.exitRetry', exitRetry, 'an exit handler');
}

function noPause(field: string, retry: { readonly backoffSeconds?: number }, who: string): SpecProblem[] {
  const message = `is 0: ${who} that fails at its start would be tried again without a pause; the least is 1`;
  return retry.backoffSeconds === 0 ? [{ field: `${field}.backoffSeconds`, message }] : [];
}
