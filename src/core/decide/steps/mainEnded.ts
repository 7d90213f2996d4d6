import { classifyPodEnd, classifyVanishedPod } from '../../pod/classifyPodEnd.ts';
import { isHeld, nameOf, uidOf } from '../../pod/podFacts.ts';
import type { Attempt } from '../../run/run.ts';
import { withLastAttempt } from '../../run/status.ts';
import { endAttempt, verdictOf, withEnd } from '../endAttempt.ts';
import { needsLogTail, withLogTail } from '../endMain.ts';
import { besideOf, readPodEvents } from '../podEvents.ts';
import { withStart } from '../start.ts';
import { isOver, openAttempt, openPod, pass, releasePod, type StepInput, type StepResult } from '../step.ts';

/** Records how the main pod ended. A pod that is gone counts only once a fresh read has proved it. */
export function mainEnded(input: StepInput): StepResult {
  const attempt = openAttempt(input.status);
  if (attempt === undefined) {
    return pass('no main pod is on record');
  }
  const pod = openPod(input);
  if (pod === undefined) {
    return vanished(input, attempt);
  }
  if (!isOver(input, pod)) {
    return pass(`${nameOf(pod)} has not ended`);
  }
  const end = classifyPodEnd(pod, verdictOf(input, attempt), besideOf(input, pod));
  if (end.eventsTell) {
    return readPodEvents(pod, 'they may say who ended it');
  }
  if (end.outcome !== 'Succeeded' && needsLogTail(input)) {
    return {
      kind: 'first',
      said: `reads the log of ${nameOf(pod)}`,
      action: { kind: 'readLogTail', podName: nameOf(pod), podUID: uidOf(pod) },
    };
  }
  const begun = withStart(input, withLogTail(input), pod);
  return endAttempt(input, withEnd(input, begun, end, pod), end, isHeld(pod) ? [releasePod(pod)] : []);
}

function vanished(input: StepInput, attempt: Attempt): StepResult {
  const { podName, podUID } = attempt;
  if (!input.snapshot.gone.has(podUID)) {
    return {
      kind: 'first',
      said: `asks whether ${podName} is really gone`,
      action: { kind: 'confirmGone', podName, podUID },
    };
  }
  const end = classifyVanishedPod(podName, verdictOf(input, attempt));
  const closed = withEnd(input, input.status, end, undefined);
  return endAttempt(input, withLastAttempt(closed, { unconfirmed: true }), end);
}
