import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { FINALIZER } from '../../naming/naming.ts';
import { hasEnded, isStage, isTerminating, nameOf, uidOf } from '../../pod/podFacts.ts';
import { transitionOf } from '../../run/conditions.ts';
import { isTerminal } from '../../run/phases.ts';
import type { Attempt } from '../../run/run.ts';
import { deletePod, isOver, pass, readPodFirst, type StepInput, type StepResult } from '../step.ts';
import { cleanUp, isStored } from './cleanUp.ts';
import { closedPods, lateVerdict, unsurePod } from './lateEnds.ts';
import { removeUnrecorded } from './strays.ts';

/**
 * Lets a run go that has ended: its main pods once they are over, then the run itself. A main pod that lives although its
 * end is on record came back from a lost node, and is killed. What is left goes when its time is over (`cleanUp.ts`).
 */
export function finished(input: StepInput): StepResult {
  if (!isTerminal(input.status.phase)) {
    return pass('has not ended');
  }
  const held = input.run.metadata.finalizers?.includes(FINALIZER.exitOwed) ?? false;
  const unseen = held ? unseenAttempt(input) : undefined;
  if (unseen !== undefined) {
    const { podName, podUID } = unseen;
    const action = { kind: 'confirmGone', podName, podUID } as const;
    return { kind: 'first', said: `asks whether ${podName} is really gone`, action };
  }
  const doubtful = unsurePod(input);
  const unsure = doubtful === undefined ? unseenExitPod(input) : nameOf(doubtful);
  if (unsure !== undefined) {
    return readPodFirst(unsure);
  }
  const late = closedPods(input);
  const ownerless = ownerlessExitPods(input);
  const unstored = ownerless.filter((pod) => hasEnded(pod) && !isStored(input, uidOf(pod)));
  const going = ownerless.filter((pod) => !unstored.includes(pod));
  const actions = [
    ...removeUnrecorded(input, () => true),
    ...late.actions,
    ...going.map((pod) => deletePod(pod, lateVerdict(input, pod))),
  ];
  if (held && unstored.length > 0 && input.now < storedBy(input)) {
    const said = 'has ended; the evidence of its handler is being stored';
    return { kind: 'answer', said, actions, events: late.events, wakeAt: input.now + STORED_LOOK_MS };
  }
  const waits = actions.some((action) => action.kind === 'deletePod') || hasLivingPod(input);
  if (held && !waits) {
    actions.push({ kind: 'releaseRun' });
  }
  if (held || input.run.metadata.deletionTimestamp !== undefined) {
    const said = `has ended; ${actions.length} things to let go`;
    return { kind: 'answer', said, actions, events: late.events };
  }
  return cleanUp(input, actions, late.events);
}

/**
 * A deleted run is kept so long for the evidence of its handler's pod; then the sweeper waits for it instead. Long enough
 * for an embedded database to open for the first time on a busy machine (half a minute was seen), and no longer: a
 * database that is away must not hold up whoever deletes.
 */
export const STORED_WITHIN_MS = 60_000;
const STORED_LOOK_MS = 1_000;

function storedBy({ status, now }: StepInput): number {
  return (transitionOf(status, 'Finished') ?? now) + STORED_WITHIN_MS;
}

/** Exit pods that were made while the run was being deleted: no garbage collector knows them. */
function ownerlessExitPods(input: StepInput): Pod[] {
  if (input.run.metadata.deletionTimestamp === undefined) {
    return [];
  }
  return input.snapshot.pods.filter(
    (pod) =>
      isStage(pod, 'exit') && !isTerminating(pod) && (pod.metadata?.ownerReferences ?? []).length === 0,
  );
}

/** The handler's pod, which no garbage collector knows, where the cache does not show it and it was not asked after. */
function unseenExitPod({ run, status, snapshot }: StepInput): string | undefined {
  const podName = status.exit?.podName;
  return run.metadata.deletionTimestamp === undefined ||
    snapshot.namespaceTerminating ||
    podName === undefined ||
    snapshot.pods.some((pod) => nameOf(pod) === podName) ||
    snapshot.freshReads.has(podName)
    ? undefined
    : podName;
}

/** An attempt whose pod the cache does not show: it may still carry our finalizer, or live after all. */
function unseenAttempt(input: StepInput): Attempt | undefined {
  const { pods, gone, namespaceTerminating } = input.snapshot;
  const shown = new Set(pods.map(uidOf));
  return namespaceTerminating
    ? undefined
    : input.status.attempts.find(({ podUID }) => !shown.has(podUID) && !gone.has(podUID));
}

/** A main pod that still lives keeps the run, so that its key is not free while it does. */
function hasLivingPod(input: StepInput): boolean {
  return (
    !input.snapshot.namespaceTerminating &&
    input.snapshot.pods.some((pod) => isStage(pod, 'main') && !isOver(input, pod))
  );
}
