import { timeText, withCondition } from '../../run/conditions.ts';
import { pass, type StepInput, type StepResult } from '../step.ts';

/** Lets a queued run start. */
export function admit(input: StepInput): StepResult {
  const { run, status, now } = input;
  if (status.phase !== 'Queued') {
    return pass('is admitted');
  }
  const admitted = withCondition(
    { ...status, phase: 'Pending', timeline: { ...status.timeline, admittedAt: timeText(now) } },
    { type: 'Admitted', status: 'True', reason: 'NoLimit' },
    now,
    run.metadata.generation,
  );
  return { kind: 'amend', said: 'admitted: nothing limits it', status: admitted };
}
