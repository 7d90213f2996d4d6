import { isTerminating, nameOf, uidOf } from '../../pod/podFacts.ts';
import { deletePod, openPod, pass, type StepInput, type StepResult, storedVerdict } from '../step.ts';

/** Kills the main pod on which a verdict is stored: again, if a crash came between the verdict and the kill. */
export function carryOutVerdict(input: StepInput): StepResult {
  const pod = openPod(input);
  const verdict = pod === undefined ? undefined : storedVerdict(input.status, uidOf(pod));
  if (pod === undefined || verdict === undefined) {
    return pass('no verdict to carry out');
  }
  return isTerminating(pod)
    ? { kind: 'answer', said: `waits for ${nameOf(pod)} to end (${verdict.reason})` }
    : {
        kind: 'answer',
        said: `kills ${nameOf(pod)} (${verdict.reason})`,
        actions: [deletePod(pod, verdict)],
      };
}
