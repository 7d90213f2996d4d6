import { conditionOf, isTrue, timeOf, transitionOf } from '../../run/conditions.ts';
import { QUEUE_SECONDS } from '../../run/defaults.ts';
import { endMain } from '../endMain.ts';
import { pass, type StepInput, type StepResult } from '../step.ts';

/**
 * Ends a run that waits too long for its turn: from acceptance to admission, and between two attempts from the end of the
 * back-off, which is a wait of its own.
 */
export function queueLimit(input: StepInput): StepResult {
  const { status, now } = input;
  const since = timeOf(status.retryAt) ?? transitionOf(status, 'Accepted');
  if (status.phase !== 'Queued' || !isTrue(status, 'Accepted') || since === undefined) {
    return pass('does not wait in a queue');
  }
  const seconds = input.template?.limits.queueSeconds ?? QUEUE_SECONDS;
  const due = since + seconds * 1000;
  if (now < due) {
    return pass('within its queue limit', due);
  }
  const held = conditionOf(status, 'Admitted');
  const late = `the run waited for longer than limits.queueSeconds (${seconds} s) to be admitted`;
  return endMain(input, {
    reason: 'QueueTimeout',
    by: 'endwell',
    message: held?.status === 'False' && held.message !== '' ? `${late}: ${held.message}` : late,
    rule: 'limits.queueSeconds',
  });
}
