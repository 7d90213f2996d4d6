import { transitionOf } from '../../run/conditions.ts';
import { endMain } from '../endMain.ts';
import { pendingCause } from '../pendingCause.ts';
import { pass, type StepInput, type StepResult } from '../step.ts';

/**
 * Ends main when the run as a whole takes too long; a handler that is owed still runs, within its own limit. The reason
 * is what kept main from starting, where that is known.
 */
export function totalLimit(input: StepInput): StepResult {
  const seconds = input.template?.limits.totalSeconds;
  const since = transitionOf(input.status, 'Accepted');
  if (seconds === undefined || since === undefined || input.status.main !== undefined) {
    return pass('no total limit applies');
  }
  const due = since + seconds * 1000;
  if (input.now < due) {
    return pass('within its total limit', due);
  }
  const rule = input.run.kind === 'OMJob' ? 'spec.activeDeadlineSeconds' : 'limits.totalSeconds';
  const late = `the run took longer than ${rule} (${seconds} s) since it was accepted`;
  const cause = input.status.phase === 'Pending' ? pendingCause(input) : undefined;
  return endMain(input, {
    reason: cause?.reason ?? 'TotalTimeout',
    by: 'endwell',
    message: cause === undefined ? late : `${late}: ${cause.message}`,
    rule,
  });
}
