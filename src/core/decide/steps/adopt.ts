import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { UNKNOWN_UID } from '../../omjob/takenOver.ts';
import { isStage, nameOf, uidOf } from '../../pod/podFacts.ts';
import { withLastAttempt } from '../../run/status.ts';
import { openAttempt, pass, type StepInput, type StepResult } from '../step.ts';

/**
 * Takes the main pod over that OpenMetadata's operator made: it gets our marks and our finalizer, and only then is its UID
 * written down. No other main pod of the attempt can be made meanwhile, for this one has the name. Where there is none under
 * the name any more, the attempt is left with a UID that no pod has: what has vanished is for the next steps.
 */
export function adopt(input: StepInput): StepResult {
  const attempt = openAttempt(input.status);
  if (attempt?.podUID !== UNKNOWN_UID) {
    return pass('no pod is taken over');
  }
  const { podName } = attempt;
  const pod = adopted(input, podName);
  if (pod !== undefined) {
    return {
      kind: 'amend',
      said: `takes ${podName} over`,
      status: withLastAttempt(input.status, { podUID: uidOf(pod) }),
    };
  }
  return input.snapshot.freshReads.has(podName)
    ? pass(`there is no ${podName} to take over`)
    : { kind: 'first', said: `marks ${podName} as its own`, action: { kind: 'adoptPod', podName } };
}

function adopted({ snapshot }: StepInput, podName: string): Pod | undefined {
  return snapshot.pods.find((pod) => isStage(pod, 'main') && nameOf(pod) === podName);
}
