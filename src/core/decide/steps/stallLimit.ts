import { transitionOf } from '../../run/conditions.ts';
import { endMain } from '../endMain.ts';
import { pass, type StepInput, type StepResult } from '../step.ts';

/** Ends a main that shows no sign of progress for too long: counted from the last one, at first from its start. */
export function stallLimit(input: StepInput): StepResult {
  const seconds = input.template?.limits.stallSeconds;
  const startedAt = transitionOf(input.status, 'Started');
  if (input.status.phase !== 'Running' || seconds === undefined || startedAt === undefined) {
    return pass('no stall limit applies');
  }
  const due = Math.max(startedAt, input.snapshot.progressAt ?? startedAt) + seconds * 1000;
  return input.now < due
    ? pass('shows progress', due)
    : endMain(input, {
        reason: 'Stalled',
        by: 'endwell',
        message: `main showed no sign of progress for limits.stallSeconds (${seconds} s)`,
        rule: 'limits.stallSeconds',
      });
}
