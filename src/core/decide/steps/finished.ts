import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { FINALIZER } from '../../naming/naming.ts';
import { hasEnded, isHeld, isStage, isTerminating, nameOf, uidOf } from '../../pod/podFacts.ts';
import { timeText } from '../../run/conditions.ts';
import { isTerminal } from '../../run/phases.ts';
import type { Verdict } from '../../run/run.ts';
import type { Action } from '../decision.ts';
import {
  deletePod,
  pass,
  releasePod,
  type StepInput,
  type StepResult,
  storedVerdict,
  unrecordedPods,
} from '../step.ts';
import { removeUnrecorded } from './strays.ts';

/**
 * Cleans up behind a run that has ended, and lets it go: its main pods once they have ended, then the run itself. A main
 * pod that lives although its end is on record came back from a lost node, and is killed.
 */
export function finished(input: StepInput): StepResult {
  if (!isTerminal(input.status.phase)) {
    return pass('has not ended');
  }
  const actions = [
    ...removeUnrecorded(input, () => true),
    ...recordedPods(input),
    ...ownerlessExitPods(input),
  ];
  const waits = actions.some((action) => action.kind === 'deletePod') || hasLivingPod(input);
  const held = input.run.metadata.finalizers?.includes(FINALIZER.exitOwed) ?? false;
  if (held && !waits) {
    actions.push({ kind: 'releaseRun' });
  }
  return { kind: 'answer', said: `has ended; ${actions.length} things to let go`, actions };
}

function recordedPods(input: StepInput): Action[] {
  const unrecorded = new Set(unrecordedPods(input).map(uidOf));
  const pods = input.snapshot.pods.filter((pod) => isStage(pod, 'main') && !unrecorded.has(uidOf(pod)));
  return pods.flatMap((pod): Action[] => {
    if (hasEnded(pod) || input.snapshot.namespaceTerminating) {
      return isHeld(pod) ? [releasePod(pod)] : [];
    }
    return isTerminating(pod) ? [] : [deletePod(pod, lateVerdict(input, pod))];
  });
}

/** Exit pods that were made while the run was being deleted: no garbage collector knows them. */
function ownerlessExitPods(input: StepInput): Action[] {
  if (input.run.metadata.deletionTimestamp === undefined) {
    return [];
  }
  return input.snapshot.pods
    .filter(
      (pod) =>
        isStage(pod, 'exit') && !isTerminating(pod) && (pod.metadata?.ownerReferences ?? []).length === 0,
    )
    .map((pod) => deletePod(pod, lateVerdict(input, pod)));
}

/** A main pod that still lives keeps the run, so that its key is not free while it does. */
function hasLivingPod(input: StepInput): boolean {
  return (
    !input.snapshot.namespaceTerminating &&
    input.snapshot.pods.some((pod) => isStage(pod, 'main') && !hasEnded(pod))
  );
}

function lateVerdict(input: StepInput, pod: Pod): Verdict {
  return (
    storedVerdict(input.status, uidOf(pod)) ?? {
      reason: 'Swept',
      by: 'endwell',
      message: `pod ${nameOf(pod)} outlived the end of its run`,
      rule: 'no pod stays behind when its run is over',
      at: timeText(input.now),
    }
  );
}
