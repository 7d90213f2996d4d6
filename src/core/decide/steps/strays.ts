import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { hasEnded, isGated, isHeld, isTerminating, nameOf, uidOf } from '../../pod/podFacts.ts';
import { timeText } from '../../run/conditions.ts';
import type { RunStatus, Verdict } from '../../run/run.ts';
import type { Action } from '../decision.ts';
import {
  deletePod,
  nextMainPodName,
  openAttempt,
  pass,
  releasePod,
  type StepInput,
  type StepResult,
  storedVerdict,
  unrecordedPods,
  withVerdict,
} from '../step.ts';

/**
 * Removes main pods that no attempt records: an earlier leader made them and could not record them. They are inert behind
 * the gate and are never let through it. The pod that is to be recorded next is left alone.
 */
export function strays(input: StepInput): StepResult {
  const actions = removeUnrecorded(input, (pod) => !isWanted(input, pod));
  return actions.length === 0
    ? pass('no stray pod')
    : {
        kind: 'amend',
        said: `${actions.length} stray pods`,
        status: withStrayVerdicts(input, actions),
        actions,
      };
}

/**
 * What gets rid of unrecorded main pods: those that may go are deleted, those that have ended lose our finalizer. Ended
 * ones are let go whether they may go or not: they are in the way of their name.
 */
export function removeUnrecorded(input: StepInput, mayGo: (pod: Pod) => boolean): Action[] {
  return unrecordedPods(input).flatMap((pod): Action[] => {
    if (hasEnded(pod) && (isTerminating(pod) || mayGo(pod))) {
      return isHeld(pod) ? [releasePod(pod)] : [];
    }
    return mayGo(pod) && !isTerminating(pod) ? [deletePod(pod, strayVerdict(input, pod))] : [];
  });
}

/** Whether this is the pod that the next write is to record. */
function isWanted(input: StepInput, pod: Pod): boolean {
  const { phase } = input.status;
  const starts = phase === 'Queued' || phase === 'Pending';
  return starts && openAttempt(input.status) === undefined && nameOf(pod) === nextMainPodName(input);
}

/** A gated pod has done nothing that needs explaining; a verdict on one that may run is stored before it is killed. */
function withStrayVerdicts(input: StepInput, actions: readonly Action[]): RunStatus {
  const running = new Set(
    unrecordedPods(input)
      .filter((pod) => !isGated(pod))
      .map(uidOf),
  );
  return actions.reduce(
    (status, action) =>
      action.kind === 'deletePod' &&
      running.has(action.podUID) &&
      storedVerdict(status, action.podUID) === undefined
        ? withVerdict(status, action.podUID, action.verdict)
        : status,
    input.status,
  );
}

function strayVerdict(input: StepInput, pod: Pod): Verdict {
  return {
    reason: 'Swept',
    by: 'endwell',
    message: `pod ${nameOf(pod)} is not on record as an attempt of the run`,
    rule: 'a main pod starts only after its UID was recorded',
    at: timeText(input.now),
  };
}
