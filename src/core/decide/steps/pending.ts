import { diagnosePending } from '../../pod/diagnosePending.ts';
import { endMain } from '../endMain.ts';
import { openPod, pass, type StepInput, type StepResult } from '../step.ts';

/**
 * Says why a main pod has not started. Written when the reason changes, not when its words do: the kubelet varies them
 * from one try to the next. What waiting can't mend ends the run at once.
 */
export function pending(input: StepInput): StepResult {
  const pod = openPod(input);
  const diagnosis = input.status.phase === 'Pending' && pod !== undefined ? diagnosePending(pod) : undefined;
  if (diagnosis === undefined) {
    return pass('nothing holds it up');
  }
  const { reason, message } = diagnosis;
  if (!diagnosis.canHeal) {
    return endMain(input, {
      reason,
      by: 'endwell',
      message,
      rule: 'what waiting can not mend is not waited for',
    });
  }
  if (input.status.reason === reason) {
    return pass(`is held up: ${reason}, which is on record`);
  }
  return {
    kind: 'answer',
    said: `is held up: ${reason}`,
    status: { ...input.status, reason, message },
    events: [{ type: 'Warning', reason, message }],
  };
}
