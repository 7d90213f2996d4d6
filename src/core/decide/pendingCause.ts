import { diagnosePending, type PendingDiagnosis } from '../pod/diagnosePending.ts';
import { diagnoseRefusal } from '../pod/diagnoseRefusal.ts';
import { besidePending } from './podEvents.ts';
import { nextMainPodName, openPod, type StepInput } from './step.ts';

/**
 * What holds up a main that has not started, be its pod made or not; undefined where nothing shows. What its create was
 * refused for only that leader knows that was refused; one after it goes by what that has told.
 */
export function pendingCause(input: StepInput): PendingDiagnosis | undefined {
  const pod = openPod(input);
  if (pod !== undefined) {
    return diagnosePending(pod, besidePending(input, pod));
  }
  const name = nextMainPodName(input);
  const error = input.snapshot.createErrors.get(name);
  if (error !== undefined) {
    return diagnoseRefusal(name, error);
  }
  const { reason, message = '' } = input.status;
  return reason === undefined ? undefined : { reason, message, canHeal: true };
}
