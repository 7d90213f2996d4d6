import { diagnosePending } from '../../pod/diagnosePending.ts';
import { hasMainStarted } from '../../pod/podFacts.ts';
import { transitionOf } from '../../run/conditions.ts';
import { endMain } from '../endMain.ts';
import { besidePending, pendingEventsDue, readPodEvents } from '../podEvents.ts';
import { openPod, pass, type StepInput, type StepResult } from '../step.ts';

/**
 * Says why a main pod has not started. Written when the reason changes, not when its words do: the kubelet varies them
 * from one try to the next. What waiting can't mend ends the run at once. A pod that waits in silence has its Events read
 * now and then, for a volume or a network that can't be had is told nowhere else.
 */
export function pending(input: StepInput): StepResult {
  const pod = openPod(input);
  if (input.status.phase !== 'Pending' || pod === undefined || hasMainStarted(pod)) {
    return pass('it does not wait to start');
  }
  const readAt = pendingEventsDue(input, pod, transitionOf(input.status, 'Admitted'));
  if (readAt !== undefined && input.now >= readAt) {
    return readPodEvents(pod, 'its own status does not say why it waits');
  }
  const diagnosis = diagnosePending(pod, besidePending(input, pod));
  if (diagnosis === undefined) {
    return pass('nothing holds it up', readAt);
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
    return pass(`is held up: ${reason}, which is on record`, readAt);
  }
  return {
    kind: 'answer',
    said: `is held up: ${reason}`,
    status: { ...input.status, reason, message },
    events: [{ type: 'Warning', reason, message }],
    wakeAt: readAt,
  };
}
