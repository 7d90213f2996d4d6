import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { diagnoseRefusal, retryCreateAt } from '../../pod/diagnoseRefusal.ts';
import { isGated, isTerminating, nameOf, uidOf } from '../../pod/podFacts.ts';
import { outcomeOf } from '../../reasons/catalogue.ts';
import type { RunStatus } from '../../run/run.ts';
import { concludeMain, templateGone } from '../conclude.ts';
import type { Action, CreateError } from '../decision.ts';
import {
  nextAttempt,
  nextMainPodName,
  openAttempt,
  openPod,
  pass,
  type StepInput,
  type StepResult,
  unrecordedPods,
} from '../step.ts';

/** Refused creates that look like a passing fault are told only from this one in a row on: most pass by themselves. */
const TELL_FROM = 3;

/**
 * Makes the main pod behind its gate, records its UID, and only then removes the gate. So a main container starts after
 * a write that only the rightful leader could make.
 */
export function startMain(input: StepInput): StepResult {
  if (input.status.phase === 'Running') {
    // OpenMetadata's operator takes a pod of ours for running while it still stands behind its gate.
    return ungate(input);
  }
  if (input.status.phase !== 'Pending') {
    return pass('is not about to start');
  }
  if (openAttempt(input.status) !== undefined) {
    return ungate(input);
  }
  const name = nextMainPodName(input);
  const pod = unrecordedPods(input).find((one) => nameOf(one) === name);
  if (pod !== undefined) {
    return isTerminating(pod) && isGated(pod)
      ? { kind: 'answer', said: `waits until ${name} is gone, which never started` }
      : record(input, pod);
  }
  if (input.template === undefined) {
    const gone = templateGone(input.status);
    const message = gone.kind === 'givenUp' ? gone.message : '';
    return concludeMain(input, input.status, { outcome: 'Failed', reason: 'SpecInvalid', message });
  }
  const error = input.snapshot.createErrors.get(name);
  return error === undefined ? create(input) : refused(input, name, error);
}

function create(input: StepInput): StepResult {
  const attempt = nextAttempt(input.status);
  return { kind: 'first', said: `makes main pod ${attempt}`, action: { kind: 'createMainPod', attempt } };
}

/** A pod that somebody let through the gate is recorded too: it may run, and must stay the attempt's only one. */
function record(input: StepInput, pod: Pod): StepResult {
  const { status } = input;
  const attempt = { number: nextAttempt(status), podName: nameOf(pod), podUID: uidOf(pod) };
  return {
    kind: 'answer',
    said: `records ${attempt.podName}`,
    status: { ...withoutTrouble(status), attempts: [...status.attempts, attempt] },
    actions: isGated(pod) ? [ungateAction(pod)] : [],
  };
}

function ungate(input: StepInput): StepResult {
  const pod = openPod(input);
  return pod !== undefined && isGated(pod) && !isTerminating(pod)
    ? { kind: 'answer', said: `lets ${nameOf(pod)} through its gate`, actions: [ungateAction(pod)] }
    : pass('its main pod is let through');
}

function refused(input: StepInput, name: string, error: CreateError): StepResult {
  const diagnosis = diagnoseRefusal(name, error);
  const { reason, message } = diagnosis;
  if (!diagnosis.canHeal) {
    return concludeMain(input, input.status, { outcome: outcomeOf(reason), reason, message });
  }
  const retryAt = retryCreateAt(error);
  if (input.now >= retryAt) {
    return create(input);
  }
  const tells = reason !== input.status.reason && (reason !== 'ApiUnavailable' || error.count >= TELL_FROM);
  return {
    kind: 'answer',
    said: `waits to make its main pod again: ${reason}`,
    ...(tells
      ? { status: { ...input.status, reason, message }, events: [{ type: 'Warning', reason, message }] }
      : {}),
    wakeAt: retryAt,
  };
}

function withoutTrouble(status: RunStatus): RunStatus {
  const { reason: _reason, message: _message, ...rest } = status;
  return rest;
}

function ungateAction(pod: Pod): Action {
  return { kind: 'ungateMainPod', podName: nameOf(pod), podUID: uidOf(pod) };
}
