import { hasMainStarted, isTerminating, nameOf, uidOf } from '../pod/podFacts.ts';
import { outcomeOf } from '../reasons/catalogue.ts';
import { timeText } from '../run/conditions.ts';
import type { RunStatus, Verdict } from '../run/run.ts';
import { boundedMessage, boundedTail, withLastAttempt } from '../run/status.ts';
import { concludeMain } from './conclude.ts';
import {
  deletePod,
  openAttempt,
  openPod,
  pass,
  type StepInput,
  type StepResult,
  withVerdict,
} from './step.ts';
import { removeUnrecorded } from './steps/strays.ts';

/**
 * Ends main for a reason of ours. Evidence is read first, the verdict is stored next, the pod is killed last. Where no
 * pod is on record, main is over at once, and an unrecorded pod goes without ever having started.
 */
export function endMain(input: StepInput, why: Omit<Verdict, 'at'>): StepResult {
  const verdict: Verdict = { ...why, message: boundedMessage(why.message), at: timeText(input.now) };
  if (openAttempt(input.status) === undefined) {
    const { reason, message } = verdict;
    const effects = removeUnrecorded(input, () => true);
    return concludeMain(input, input.status, { outcome: outcomeOf(reason), reason, message }, effects);
  }
  const pod = openPod(input);
  if (pod === undefined) {
    return pass('its pod is gone, which is for mainEnded');
  }
  if (needsLogTail(input)) {
    return {
      kind: 'first',
      said: `reads the log of ${nameOf(pod)} before it is killed`,
      action: { kind: 'readLogTail', podName: nameOf(pod), podUID: uidOf(pod) },
    };
  }
  return {
    kind: 'answer',
    said: `ends ${nameOf(pod)}: ${verdict.reason}`,
    status: withVerdict(withLogTail(input), uidOf(pod), verdict),
    actions: isTerminating(pod) ? [] : [deletePod(pod, verdict)],
    events: [{ type: 'Normal', reason: verdict.reason, message: verdict.message }],
  };
}

/** Whether the log of the open attempt's pod has something to tell and was not read yet. */
export function needsLogTail(input: StepInput): boolean {
  const attempt = openAttempt(input.status);
  const pod = openPod(input);
  return (
    attempt !== undefined &&
    pod !== undefined &&
    attempt.logTail === undefined &&
    hasMainStarted(pod) &&
    !input.snapshot.logTails.has(attempt.podUID)
  );
}

/** The status with the tail that was read kept in the attempt. */
export function withLogTail(input: StepInput): RunStatus {
  const attempt = openAttempt(input.status);
  const tail = attempt === undefined ? undefined : input.snapshot.logTails.get(attempt.podUID);
  return tail === undefined || attempt?.logTail !== undefined
    ? input.status
    : withLastAttempt(input.status, { logTail: boundedTail(tail) });
}
