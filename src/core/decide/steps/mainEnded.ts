import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { classifyPodEnd, classifyVanishedPod } from '../../pod/classifyPodEnd.ts';
import type { PodEnd } from '../../pod/podEnd.ts';
import { hasEnded, isHeld, mainTerminated, nameOf, uidOf } from '../../pod/podFacts.ts';
import { timeText } from '../../run/conditions.ts';
import type { Attempt, RunStatus } from '../../run/run.ts';
import { withLastAttempt } from '../../run/status.ts';
import { concludeMain } from '../conclude.ts';
import { needsLogTail, withLogTail } from '../endMain.ts';
import { withStart } from '../start.ts';
import {
  openAttempt,
  openPod,
  pass,
  releasePod,
  type StepInput,
  type StepResult,
  storedVerdict,
} from '../step.ts';
import { wantedEnd } from './cancel.ts';

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
  if (!hasEnded(pod)) {
    return pass(`${nameOf(pod)} has not ended`);
  }
  const end = classifyPodEnd(pod, verdictOf(input, attempt));
  if (end.outcome !== 'Succeeded' && needsLogTail(input)) {
    return {
      kind: 'first',
      said: `reads the log of ${nameOf(pod)}`,
      action: { kind: 'readLogTail', podName: nameOf(pod), podUID: uidOf(pod) },
    };
  }
  const begun = withStart(input, withLogTail(input), pod);
  return concludeMain(input, withEnd(input, begun, end, pod), end, isHeld(pod) ? [releasePod(pod)] : []);
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
  return concludeMain(input, withEnd(input, input.status, end, undefined), end);
}

/** A pod that somebody deleted while its run was being cancelled or deleted ended for that. */
function verdictOf(input: StepInput, attempt: Attempt) {
  const wanted = wantedEnd(input);
  return (
    storedVerdict(input.status, attempt.podUID) ??
    (wanted === undefined ? undefined : { ...wanted, at: timeText(input.now) })
  );
}

function withEnd(input: StepInput, status: RunStatus, end: PodEnd, pod: Pod | undefined): RunStatus {
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
