import { diagnoseRefusal, retryCreateAt } from '../../pod/diagnoseRefusal.ts';
import { timeOf, withCondition } from '../../run/conditions.ts';
import { DEFAULT_EXIT_RETRY } from '../../run/defaults.ts';
import { endEvent, finishRun, templateGone, withExitAttempt } from '../conclude.ts';
import type { Action, CreateError } from '../decision.ts';
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
  const name = currentExitPodName(input);
  const error = input.snapshot.createErrors.get(name);
  if (error !== undefined) {
    return refused(input, error);
  }
  const madeAt = input.snapshot.madeAt.get(name);
  return madeAt === undefined ? create(input) : createAgain(input, madeAt);
}

function nextExitAttempt(input: StepInput, attempts: number): StepResult {
  const due = (timeOf(input.status.timeline.exitFinishedAt) ?? input.now) + backoffMs(input);
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
  return { kind: 'answer', said: `makes ${currentExitPodName(input)}`, actions: [makeExitPod(input)] };
}

function makeExitPod({ status }: StepInput): Action {
  return { kind: 'createExitPod', attempt: status.exit?.attempts ?? 1 };
}

/**
 * A pod that we made is gone, and nobody saw it end: removed by force, mostly. It left no receipt, so its attempt is not
 * over and gets another pod: who removes pods can't use up the attempts of a handler that is owed, and a successor, to whom
 * a pod that is gone is one that was never made, does the same. `exitSeconds` bounds it, which counts from the beginning
 * of the attempt; the back-off lies between two pods, so that the node can end the container of the first.
 */
function createAgain(input: StepInput, madeAt: number): StepResult {
  const name = currentExitPodName(input);
  const retryAt = madeAt + backoffMs(input);
  if (input.now < retryAt) {
    return { kind: 'answer', said: `waits to make ${name} again, which was removed`, wakeAt: retryAt };
  }
  const message = `pod ${name} of the exit handler was removed before it left a receipt; it is made again`;
  return {
    kind: 'answer',
    said: message,
    actions: [makeExitPod(input)],
    events: [{ type: 'Warning', reason: 'PodDeleted', message }],
  };
}

function backoffMs({ template }: StepInput): number {
  return (template?.exitRetry ?? DEFAULT_EXIT_RETRY).backoffSeconds * 1000;
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
  const { exit } = input.status;
  if (exit === undefined || exit.reason === reason) {
    return { kind: 'answer', said, wakeAt: retryAt };
  }
  const change = { type: 'ExitHandled', status: 'False', reason, message } as const;
  return {
    kind: 'answer',
    said,
    status: withCondition(
      { ...input.status, exit: { ...exit, reason, message } },
      change,
      input.now,
      input.run.metadata.generation,
    ),
    events: [{ type: 'Warning', reason, message }],
    wakeAt: retryAt,
  };
}
