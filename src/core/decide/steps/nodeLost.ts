import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { classifyPodEnd } from '../../pod/classifyPodEnd.ts';
import type { PodEnd } from '../../pod/podEnd.ts';
import { isTerminating, mainTerminated, nameOf, uidOf } from '../../pod/podFacts.ts';
import { outcomeOf } from '../../reasons/catalogue.ts';
import { isTrue, timeOf, timeText, transitionOf, withCondition } from '../../run/conditions.ts';
import { NODE_LOST_SECONDS } from '../../run/defaults.ts';
import type { Attempt, Verdict } from '../../run/run.ts';
import { boundedMessage, withLastAttempt } from '../../run/status.ts';
import { endAttempt, verdictOf, withEnd } from '../endAttempt.ts';
import { withLogTail } from '../endMain.ts';
import { besideOf } from '../podEvents.ts';
import { withStart } from '../start.ts';
import {
  deletePod,
  nodeOf,
  openAttempt,
  openPod,
  pass,
  type StepInput,
  type StepResult,
  storedVerdict,
  withVerdict,
} from '../step.ts';

/**
 * Waits for a node that does not answer, and no longer than nodeLostSeconds: counted from the moment that we learned of
 * it, for a node's own stamps are another clock. A pod that is to go and whose end nobody reports is waited for as long
 * again, whatever its node says. Then the attempt is closed without proof that its container has stopped.
 */
export function nodeLost(input: StepInput): StepResult {
  const attempt = openAttempt(input.status);
  const pod = openPod(input);
  if (attempt === undefined || pod === undefined) {
    return pass('no main pod is on a node');
  }
  const silent = isSilent(input, pod);
  const due = dueOf(input, pod, silent);
  if (due !== undefined && input.now >= due) {
    return giveUp(input, attempt, pod, silent);
  }
  return silent === isTrue(input.status, 'NodeUnreachable')
    ? pass(silent ? 'waits for its node to answer' : 'nothing is known against its node', due)
    : tell(input, pod, silent);
}

function isSilent(input: StepInput, pod: Pod): boolean {
  const node = nodeOf(input, pod);
  return node !== undefined && !node.ready;
}

function limitMs(input: StepInput): number {
  return (input.template?.limits.nodeLostSeconds ?? NODE_LOST_SECONDS) * 1000;
}

function dueOf(input: StepInput, pod: Pod, silent: boolean): number | undefined {
  const since = [
    silent && isTrue(input.status, 'NodeUnreachable')
      ? transitionOf(input.status, 'NodeUnreachable')
      : undefined,
    timeOf(pod.metadata?.deletionTimestamp),
  ].filter((at) => at !== undefined);
  return since.length === 0 ? undefined : Math.min(...since) + limitMs(input);
}

function tell(input: StepInput, pod: Pod, silent: boolean): StepResult {
  const node = pod.spec?.nodeName ?? '?';
  const message = silent
    ? `node ${node} of pod ${nameOf(pod)} does not answer; it is waited for until limits.nodeLostSeconds (${limitMs(input) / 1000} s) are over`
    : `node ${node} of pod ${nameOf(pod)} answers again`;
  const reason = silent ? 'NodeUnreachable' : 'NodeReady';
  const change = { type: 'NodeUnreachable', status: silent ? 'True' : 'False', reason, message } as const;
  return {
    kind: 'amend',
    said: message,
    status: withCondition(input.status, change, input.now, input.run.metadata.generation),
    events: [{ type: silent ? 'Warning' : 'Normal', reason, message }],
    wakeAt: silent ? input.now + limitMs(input) : undefined,
  };
}

/** The pod keeps our finalizer and is to go, so that it is killed and told of when its node returns. */
function giveUp(input: StepInput, attempt: Attempt, pod: Pod, silent: boolean): StepResult {
  const end = endOf(input, attempt, pod, silent);
  const verdict: Verdict = storedVerdict(input.status, attempt.podUID) ?? {
    reason: end.reason,
    by: 'endwell',
    message: end.message,
    rule: 'limits.nodeLostSeconds',
    at: timeText(input.now),
  };
  const begun = withStart(input, withLogTail(input), pod);
  const closed = withLastAttempt(withEnd(input, begun, end, pod), { unconfirmed: true });
  const judged = withVerdict(closed, uidOf(pod), verdict);
  const over = isTrue(judged, 'NodeUnreachable')
    ? withCondition(
        judged,
        { type: 'NodeUnreachable', status: 'False', reason: 'GivenUp', message: end.message },
        input.now,
        input.run.metadata.generation,
      )
    : judged;
  return endAttempt(input, over, end, isTerminating(pod) ? [] : [deletePod(pod, verdict)]);
}

/** What main said of its own end counts; else our verdict, if there is one; else the loss itself. */
function endOf(input: StepInput, attempt: Attempt, pod: Pod, silent: boolean): PodEnd {
  const verdict = verdictOf(input, attempt);
  if (mainTerminated(pod) !== undefined) {
    return classifyPodEnd(pod, verdict, besideOf(input, pod));
  }
  const seconds = `limits.nodeLostSeconds (${limitMs(input) / 1000} s)`;
  const why = silent
    ? `node ${pod.spec?.nodeName ?? '?'} of pod ${nameOf(pod)} did not answer for ${seconds}`
    : `nobody reported the end of pod ${nameOf(pod)} within ${seconds} after its time to end`;
  const reason = verdict?.reason ?? (silent ? 'NodeLost' : 'PodDeleted');
  const text = verdict === undefined ? why : `${verdict.message}; ${why}`;
  return {
    outcome: outcomeOf(reason),
    reason,
    message: boundedMessage(`${text}: its container may still run`),
  };
}
