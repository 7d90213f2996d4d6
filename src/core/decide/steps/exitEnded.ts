import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { classifyPodEnd } from '../../pod/classifyPodEnd.ts';
import { isStage, mainTerminated, nameOf, uidOf } from '../../pod/podFacts.ts';
import { timeText } from '../../run/conditions.ts';
import type { ExitStatus } from '../../run/run.ts';
import { endEvent, finishRun } from '../conclude.ts';
import { failExitAttempt } from '../failExitAttempt.ts';
import { besideOf, readPodEvents } from '../podEvents.ts';
import { exitPodOf, isOver, pass, type StepInput, type StepResult, storedVerdict } from '../step.ts';

/**
 * Takes the receipt of the exit handler: its terminated container. Exit code 0 ends the run with main's outcome, of
 * whichever attempt it is: a leader that did not know of an attempt's end yet may have made its pod again. Anything else is
 * a failed attempt.
 */
export function exitEnded(input: StepInput): StepResult {
  const pod = input.status.phase === 'Exiting' ? (wellEnded(input) ?? openExitPod(input)) : undefined;
  const end = pod === undefined ? undefined : mainTerminated(pod);
  if (pod === undefined || (end === undefined && !isOver(input, pod))) {
    return pass('no end of a handler to record');
  }
  if (end?.exitCode !== 0) {
    const verdict = storedVerdict(input.status, uidOf(pod));
    const { reason, message, eventsTell } = classifyPodEnd(pod, verdict, besideOf(input, pod));
    if (eventsTell) {
      return readPodEvents(pod, 'they may say who ended it');
    }
    return failExitAttempt(input, { reason, message, exit: receiptOf(input, pod) });
  }
  const { finishedAt = timeText(input.now) } = end;
  const exit: ExitStatus = {
    owed: true,
    attempts: input.status.exit?.attempts ?? 0,
    podName: nameOf(pod),
    ...receiptOf(input, pod),
    outcome: 'Succeeded',
    reason: 'Completed',
  };
  const timeline = { ...input.status.timeline, exitFinishedAt: finishedAt };
  const status = finishRun(input, { ...input.status, exit, timeline }, { kind: 'handled' });
  const message = `exit handler ${nameOf(pod)} ended with exit code 0`;
  return { kind: 'answer', said: message, status, events: [endEvent(status, message)] };
}

function wellEnded({ snapshot }: StepInput): Pod | undefined {
  return snapshot.pods.find((pod) => isStage(pod, 'exit') && mainTerminated(pod)?.exitCode === 0);
}

/** Undefined between two attempts too. */
function openExitPod(input: StepInput): Pod | undefined {
  return input.status.exit?.outcome === undefined ? exitPodOf(input) : undefined;
}

/** What the handler's container proves; without a terminated container there is no receipt. */
function receiptOf(input: StepInput, pod: Pod): Partial<ExitStatus> {
  const end = mainTerminated(pod);
  const podUID = uidOf(pod);
  return end === undefined
    ? { podUID }
    : {
        podUID,
        exitCode: end.exitCode,
        receipt: { podUID, exitCode: end.exitCode, finishedAt: end.finishedAt ?? timeText(input.now) },
      };
}
