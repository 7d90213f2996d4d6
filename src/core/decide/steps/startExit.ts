import { diagnoseRefusal, retryCreateAt } from '../../pod/diagnoseRefusal.ts';
import { conditionOf, timeOf, withCondition } from '../../run/conditions.ts';
import { DEFAULT_EXIT_RETRY } from '../../run/defaults.ts';
import { endEvent, finishRun, templateGone, withExitAttempt } from '../conclude.ts';
import type { CreateError } from '../decision.ts';
import { failExitAttempt } from '../failExitAttempt.ts';
import { currentExitPodName, exitPodOf, pass, type StepInput, type StepResult } from '../step.ts';

/**
 * Makes the pod of the exit handler: the next attempt once its back-off is over, and again the current one whose pod is
 * not there, be it not made yet or vanished without a receipt. That an attempt begins is written before its pod is made.
 */
export function startExit(input: StepInput): StepResult {
  const { phase, exit } = input.status;
  if (phase !== 'Exiting') {
    return pass('no handler is due');
  }
  if (exit?.outcome !== undefined) {
    return nextExitAttempt(input, exit.attempts);
  }
  const pod = exitPodOf(input);
  if (pod !== undefined) {
    return { kind: 'answer', said: 'its handler is under way' };
  }
  if (input.template?.exitHandler === undefined) {
    const status = finishRun(input, input.status, templateGone(input.status));
    return { kind: 'answer', said: 'its handler is given up', status, events: [endEvent(status)] };
  }
  const error = input.snapshot.createErrors.get(currentExitPodName(input));
  return error === undefined ? create(input) : refused(input, error);
}

function nextExitAttempt(input: StepInput, attempts: number): StepResult {
  const { backoffSeconds } = input.template?.exitRetry ?? DEFAULT_EXIT_RETRY;
  const due = (timeOf(input.status.timeline.exitFinishedAt) ?? input.now) + backoffSeconds * 1000;
  if (input.now < due) {
    return { kind: 'answer', said: 'its handler waits for its next attempt', wakeAt: due };
  }
  const attempt = attempts + 1;
  return {
    kind: 'answer',
    said: `begins attempt ${attempt} of its handler`,
    status: withExitAttempt(input, input.status, attempt),
    actions: [{ kind: 'createExitPod', attempt }],
  };
}

function create(input: StepInput): StepResult {
  const attempt = input.status.exit?.attempts ?? 1;
  return { kind: 'answer', said: `makes exit pod ${attempt}`, actions: [{ kind: 'createExitPod', attempt }] };
}

function refused(input: StepInput, error: CreateError): StepResult {
  const { reason, message, canHeal } = diagnoseRefusal(currentExitPodName(input), error);
  if (!canHeal) {
    return failExitAttempt(input, { reason, message });
  }
  const retryAt = retryCreateAt(error);
  if (input.now >= retryAt) {
    return create(input);
  }
  const said = `waits to make its handler again: ${reason}`;
  if (conditionOf(input.status, 'ExitHandled')?.reason === reason) {
    return { kind: 'answer', said, wakeAt: retryAt };
  }
  const change = { type: 'ExitHandled', status: 'False', reason, message } as const;
  return {
    kind: 'answer',
    said,
    status: withCondition(input.status, change, input.now, input.run.metadata.generation),
    events: [{ type: 'Warning', reason, message }],
    wakeAt: retryAt,
  };
}
