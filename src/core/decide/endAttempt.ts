import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { PodEnd } from '../pod/podEnd.ts';
import { mainTerminated } from '../pod/podFacts.ts';
import { outcomeOf } from '../reasons/catalogue.ts';
import { isTrue, timeText, transitionOf, withCondition } from '../run/conditions.ts';
import { backoffMs, retryOf, retryWord } from '../run/retry.ts';
import type { Attempt, RunStatus, Verdict } from '../run/run.ts';
import { boundedMessage, lastAttempt, MAX_ATTEMPTS, withLastAttempt } from '../run/status.ts';
import { concludeMain } from './conclude.ts';
import type { Action } from './decision.ts';
import { type StepInput, type StepResult, storedVerdict } from './step.ts';
import { wantedEnd } from './wantedEnd.ts';

/**
 * What follows the end of an attempt: the wait for the next one, or the result of main. `status` is the status with the
 * attempt closed. Who wants the run to stop is heard before anything is tried again.
 */
export function endAttempt(
  input: StepInput,
  status: RunStatus,
  end: PodEnd,
  effects: readonly Action[] = [],
): StepResult {
  const word = retryWord(retryOf(input.template), status.attempts);
  if (word.kind === 'final' || input.template === undefined || status.attempts.length >= MAX_ATTEMPTS) {
    return concludeMain(input, status, end, effects);
  }
  const wanted = wantedEnd(input);
  if (wanted !== undefined) {
    const { reason, message } = wanted;
    return concludeMain(input, status, { outcome: outcomeOf(reason), reason, message }, effects);
  }
  const pause = backoffMs(retryOf(input.template), input.run.metadata.uid ?? '', status.attempts.length);
  const retryAt = input.now + pause;
  return retryAt < totalDue(input)
    ? backOff(input, status, { end, retryAt, why: word.why }, effects)
    : concludeMain(input, status, end, effects);
}

/** Why the open attempt ended, where that was our doing: a pod deleted while its run is stopped ended for that. */
export function verdictOf(input: StepInput, attempt: Attempt): Verdict | undefined {
  const wanted = wantedEnd(input);
  return (
    storedVerdict(input.status, attempt.podUID) ??
    (wanted === undefined ? undefined : { ...wanted, at: timeText(input.now) })
  );
}

/** The status with the open attempt closed. */
export function withEnd(input: StepInput, status: RunStatus, end: PodEnd, pod: Pod | undefined): RunStatus {
  const finishedAt = pod === undefined ? undefined : mainTerminated(pod)?.finishedAt;
  return withLastAttempt(status, {
    outcome: end.outcome,
    reason: end.reason,
    message: end.message,
    finishedAt: finishedAt ?? timeText(input.now),
    ...(end.exitCode === undefined ? {} : { exitCode: end.exitCode }),
    ...(pod?.spec?.nodeName === undefined ? {} : { node: pod.spec.nodeName }),
  });
}

interface BackOff {
  readonly end: PodEnd;
  readonly retryAt: number;
  readonly why: string;
}

/**
 * The run goes back to its queue without a slot, and keeps its age. What its status said of the attempt is over: the
 * attempt itself keeps it.
 */
function backOff(
  input: StepInput,
  status: RunStatus,
  { end, retryAt, why }: BackOff,
  effects: readonly Action[],
): StepResult {
  const number = lastAttempt(status)?.number ?? 0;
  const again = `attempt ${number + 1} may start at ${timeText(retryAt)}`;
  const message = boundedMessage(`attempt ${number} failed; ${again} (${why}): ${end.message}`);
  const { acceptedAt } = status.timeline;
  const waiting: RunStatus = {
    ...status,
    phase: 'Queued',
    reason: end.reason,
    message,
    retryAt: timeText(retryAt),
    timeline: acceptedAt === undefined ? {} : { acceptedAt },
  };
  return {
    kind: 'answer',
    said: `backs off: ${again} (${why})`,
    status: withAttemptOver(input, waiting, again),
    actions: effects,
    events: [{ type: 'Warning', reason: end.reason, message }],
    wakeAt: retryAt,
  };
}

/** Conditions that are about one attempt begin anew with the next; a condition that never stood is not made up. */
function withAttemptOver(input: StepInput, status: RunStatus, again: string): RunStatus {
  const generation = input.run.metadata.generation;
  const slot = { type: 'Admitted', status: 'False', reason: 'BackOff', message: again } as const;
  return (['Started', 'NodeUnreachable'] as const).reduce(
    (one, type) =>
      isTrue(one, type)
        ? withCondition(one, { type, status: 'False', reason: 'BackOff' }, input.now, generation)
        : one,
    withCondition(status, slot, input.now, generation),
  );
}

/** When the run as a whole has to be over, ms since the epoch. */
function totalDue({ status, template }: StepInput): number {
  const seconds = template?.limits.totalSeconds;
  const since = transitionOf(status, 'Accepted');
  return seconds === undefined || since === undefined ? Number.POSITIVE_INFINITY : since + seconds * 1000;
}
