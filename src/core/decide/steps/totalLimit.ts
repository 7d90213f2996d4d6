import { transitionOf } from '../../run/conditions.ts';
import { endMain } from '../endMain.ts';
import { pass, type StepInput, type StepResult } from '../step.ts';

/** Ends main when the run as a whole takes too long; a handler that is owed still runs, within its own limit. */
export function totalLimit(input: StepInput): StepResult {
  const seconds = input.template?.limits.totalSeconds;
  const since = transitionOf(input.status, 'Accepted');
  if (seconds === undefined || since === undefined || input.status.main !== undefined) {
    return pass('no total limit applies');
  }
  const due = since + seconds * 1000;
  return input.now < due
    ? pass('within its total limit', due)
    : endMain(input, {
        reason: 'TotalTimeout',
        by: 'endwell',
        message: `the run took longer than limits.totalSeconds (${seconds} s) since it was accepted`,
        rule: 'limits.totalSeconds',
      });
}
