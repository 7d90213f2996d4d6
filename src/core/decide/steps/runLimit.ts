import { transitionOf } from '../../run/conditions.ts';
import { endMain } from '../endMain.ts';
import { pass, type StepInput, type StepResult } from '../step.ts';

/** Ends main when it runs for too long. The limit is per attempt and counts from the moment that we saw it start. */
export function runLimit(input: StepInput): StepResult {
  const seconds = input.template?.limits.runSeconds;
  const since = transitionOf(input.status, 'Started');
  if (input.status.phase !== 'Running' || seconds === undefined || since === undefined) {
    return pass('no run limit applies');
  }
  const due = since + seconds * 1000;
  return input.now < due
    ? pass('within its run limit', due)
    : endMain(input, {
        reason: 'RunTimeout',
        by: 'endwell',
        message: `main ran for longer than limits.runSeconds (${seconds} s)`,
        rule: 'limits.runSeconds',
      });
}
