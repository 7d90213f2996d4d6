import { isHeldByKueue } from '../../pod/kueue.ts';
import { hasAnyStarted, hasMainStarted } from '../../pod/podFacts.ts';
import { INIT_MAX_SECONDS, START_SECONDS } from '../../run/defaults.ts';
import { endMain } from '../endMain.ts';
import { startCountsFrom } from '../kueueWait.ts';
import { pendingCause } from '../pendingCause.ts';
import { readBeforeJudging } from '../podEvents.ts';
import { openPod, pass, type StepInput, type StepResult } from '../step.ts';

interface Limit {
  readonly name: 'startSeconds' | 'initMaxSeconds';
  readonly reason: 'StartTimeout' | 'InitTimeout';
  /** Of this limit alone. */
  readonly seconds: number;
  /** Since admission, by Kueue too where it held the pod. */
  readonly totalSeconds: number;
}

/**
 * Ends a run whose main does not start. Until a container has started startSeconds counts, from admission; once an
 * init container runs, initMaxSeconds come on top. So no time of a node's clock is compared with ours.
 * The reason is the cause, where one is known.
 */
export function startLimit(input: StepInput): StepResult {
  const since = startCountsFrom(input.status);
  const pod = openPod(input);
  if (pod !== undefined && isHeldByKueue(pod)) {
    return pass('waits for Kueue, which is no start');
  }
  if (input.status.phase !== 'Pending' || since === undefined || (pod !== undefined && hasMainStarted(pod))) {
    return pass('no start limit applies');
  }
  const limit = limitOf(input);
  const due = since + limit.totalSeconds * 1000;
  if (input.now < due) {
    return pass('within its start limit', due);
  }
  const first = pod === undefined ? undefined : readBeforeJudging(input, pod);
  if (first !== undefined) {
    return first;
  }
  const rule = `limits.${limit.name}`;
  const late = `main had not started within ${rule} (${limit.seconds} s)`;
  const cause = pendingCause(input);
  return endMain(input, {
    reason: cause?.reason ?? limit.reason,
    by: 'endwell',
    message: cause === undefined ? late : `${late}: ${cause.message}`,
    rule,
  });
}

function limitOf(input: StepInput): Limit {
  const { startSeconds = START_SECONDS, initMaxSeconds = INIT_MAX_SECONDS } = input.template?.limits ?? {};
  const pod = openPod(input);
  return pod !== undefined && hasAnyStarted(pod)
    ? {
        name: 'initMaxSeconds',
        reason: 'InitTimeout',
        seconds: initMaxSeconds,
        totalSeconds: startSeconds + initMaxSeconds,
      }
    : { name: 'startSeconds', reason: 'StartTimeout', seconds: startSeconds, totalSeconds: startSeconds };
}
