import { hasMainStarted } from '../../pod/podFacts.ts';
import { endMain } from '../endMain.ts';
import { initChangedAt } from '../initProgress.ts';
import { openPod, pass, type StepInput, type StepResult } from '../step.ts';

/**
 * Ends a run whose init container shows nothing for too long: counted from the last change of an init container's state,
 * or the last line of a log that is followed. The pull of an image is no silence: startSeconds bounds it. By default there
 * is such a limit only with `logs: Follow`; who names one has it always.
 */
export function initIdleLimit(input: StepInput): StepResult {
  const pod = openPod(input);
  const seconds = input.template?.limits.initIdleSeconds;
  // An earlier version froze the default into each template, and never applied it.
  const means = input.template?.logs !== undefined && seconds !== undefined;
  const changedAt =
    input.status.phase === 'Pending' && pod !== undefined && !hasMainStarted(pod) && means
      ? initChangedAt(pod, input.now)
      : undefined;
  if (changedAt === undefined || seconds === undefined) {
    return pass('no init container is at work under a limit');
  }
  const due = Math.max(changedAt, input.snapshot.progressAt ?? changedAt) + seconds * 1000;
  return input.now < due
    ? pass('its init container shows progress', due)
    : endMain(input, {
        reason: 'InitStalled',
        by: 'endwell',
        message: `the init containers showed no progress for limits.initIdleSeconds (${seconds} s)`,
        rule: 'limits.initIdleSeconds',
      });
}
