import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { diagnosePending } from '../../pod/diagnosePending.ts';
import { diagnoseRefusal } from '../../pod/diagnoseRefusal.ts';
import { deletionAskedAt, isTerminating, nameOf, uidOf } from '../../pod/podFacts.ts';
import { timeOf, timeText } from '../../run/conditions.ts';
import { EXIT_SECONDS } from '../../run/defaults.ts';
import type { Verdict } from '../../run/run.ts';
import { boundedMessage } from '../../run/status.ts';
import { failExitAttempt } from '../failExitAttempt.ts';
import { besidePending, readBeforeJudging } from '../podEvents.ts';
import {
  currentExitPodName,
  deletePod,
  exitPodOf,
  pass,
  readPodFirst,
  type StepInput,
  type StepResult,
  storedVerdict,
  withVerdict,
} from '../step.ts';

/** After its grace a killed handler has this long to be reported ended; then its node is out of reach. */
const KILL_REPORT_MS = 60_000;

/**
 * Ends an attempt of the handler that takes too long, counted from its beginning, be its pod made or not. One that can't
 * even be reported ended is counted as failed, and the next attempt has a name of its own. The cache may be old, and a handler
 * that left its receipt is never run again: so the pod is read afresh before it is judged.
 */
export function exitLimit(input: StepInput): StepResult {
  const { phase, exit, timeline } = input.status;
  const since = timeOf(timeline.exitStartedAt);
  if (phase !== 'Exiting' || exit?.outcome !== undefined || since === undefined) {
    return pass('no handler is on its way');
  }
  const pod = exitPodOf(input);
  const verdict = pod === undefined ? undefined : storedVerdict(input.status, uidOf(pod));
  if (pod !== undefined && verdict !== undefined) {
    return kill(input, pod, verdict);
  }
  const seconds = input.template?.limits.exitSeconds ?? EXIT_SECONDS;
  const due = since + seconds * 1000;
  const hopeless = pod !== undefined && diagnosePending(pod)?.canHeal === false;
  if (input.now < due && !hopeless) {
    return pass('within its exit limit', due);
  }
  const name = currentExitPodName(input);
  if (!hopeless && (input.snapshot.freshReads.get(name) ?? Number.NEGATIVE_INFINITY) < due) {
    return readPodFirst(name);
  }
  const first = pod === undefined ? undefined : readBeforeJudging(input, pod);
  if (first !== undefined) {
    return first;
  }
  const failure = late(input, pod, seconds);
  return pod === undefined
    ? failExitAttempt(input, failure)
    : judge(input, pod, { ...failure, at: timeText(input.now) });
}

function judge(input: StepInput, pod: Pod, verdict: Verdict): StepResult {
  return {
    kind: 'answer',
    said: `ends ${nameOf(pod)}: ${verdict.reason}`,
    status: withVerdict(input.status, uidOf(pod), verdict),
    actions: isTerminating(pod) ? [] : [deletePod(pod, verdict)],
    events: [{ type: 'Warning', reason: verdict.reason, message: verdict.message }],
  };
}

function kill(input: StepInput, pod: Pod, verdict: Verdict): StepResult {
  if (!isTerminating(pod)) {
    return { kind: 'answer', said: `kills ${nameOf(pod)}`, actions: [deletePod(pod, verdict)] };
  }
  const graceMs = (pod.metadata?.deletionGracePeriodSeconds ?? 0) * 1000;
  const due = (deletionAskedAt(pod) ?? input.now) + graceMs + KILL_REPORT_MS;
  return input.now < due
    ? { kind: 'answer', said: `waits for ${nameOf(pod)} to end`, wakeAt: due }
    : failExitAttempt(input, {
        reason: verdict.reason,
        message: verdict.message,
        exit: { podUID: uidOf(pod) },
      });
}

/** The cause, where one shows; else the limit itself. */
function late(input: StepInput, pod: Pod | undefined, seconds: number) {
  const cause = pod === undefined ? refusalOf(input) : diagnosePending(pod, besidePending(input, pod));
  const text = `the exit handler had not ended within limits.exitSeconds (${seconds} s)`;
  return {
    reason: cause?.reason ?? 'ExitTimeout',
    by: 'endwell',
    message: boundedMessage(cause === undefined ? text : `${text}: ${cause.message}`),
    rule: 'limits.exitSeconds',
  } as const;
}

/** What the create of this attempt's pod is refused for; a leader that was not told so itself goes by what is on record. */
function refusalOf(input: StepInput) {
  const name = currentExitPodName(input);
  const error = input.snapshot.createErrors.get(name);
  if (error !== undefined) {
    return diagnoseRefusal(name, error);
  }
  const { reason, message = '' } = input.status.exit ?? {};
  return reason === undefined ? undefined : { reason, message };
}
