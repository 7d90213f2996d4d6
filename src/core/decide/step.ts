import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { exitPodName, mainPodName } from '../naming/naming.ts';
import { hasEnded, isLostWithNode, isStage, nameOf, uidOf } from '../pod/podFacts.ts';
import type { Attempt, Run, RunStatus, RunTemplate, Verdict } from '../run/run.ts';
import { lastAttempt } from '../run/status.ts';
import type { Action, EventNote, NodeFacts, Snapshot } from './decision.ts';

/** What a step looks at. */
export interface StepInput {
  readonly snapshot: Snapshot;
  readonly run: Run;
  /** The status so far: as stored, with what the steps before this one amended. */
  readonly status: RunStatus;
  readonly template: RunTemplate | undefined;
  /** API server's time, ms since the epoch. */
  readonly now: number;
}

/** What a step says. */
export type StepResult =
  /** No opinion. `wakeAt`: when it may get one. */
  | { readonly kind: 'pass'; readonly said: string; readonly wakeAt?: number | undefined }
  /** A change that the next steps build on; all of them together are one write. */
  | {
      readonly kind: 'amend';
      readonly said: string;
      readonly status: RunStatus;
      readonly actions?: readonly Action[];
      readonly events?: readonly EventNote[];
      readonly wakeAt?: number | undefined;
    }
  /** The decision. Without `status` the one so far stands. */
  | {
      readonly kind: 'answer';
      readonly said: string;
      readonly status?: RunStatus;
      readonly actions?: readonly Action[];
      readonly events?: readonly EventNote[];
      readonly wakeAt?: number | undefined;
    }
  /** Something must be done or read before anything is written; what was amended is worked out again afterwards. */
  | { readonly kind: 'first'; readonly said: string; readonly action: Action };

/** One step of the list. */
export interface Step {
  readonly name: string;
  readonly decide: (input: StepInput) => StepResult;
}

/** No opinion, and why. */
export function pass(said: string, wakeAt?: number): StepResult {
  return { kind: 'pass', said, wakeAt };
}

/** Asks how the pod of that name really is, past the cache, before anything is decided by it. */
export function readPodFirst(podName: string): StepResult {
  return { kind: 'first', said: `asks how ${podName} really is`, action: { kind: 'readPod', podName } };
}

/** Name of the run; '' for an object without one. */
export function runName(input: StepInput): string {
  return input.run.metadata.name ?? '';
}

/** The attempt whose pod is recorded and whose end is not. */
export function openAttempt(status: RunStatus): Attempt | undefined {
  const last = lastAttempt(status);
  return last?.outcome === undefined ? last : undefined;
}

/** The pod of the open attempt, by its recorded UID. */
export function openPod(input: StepInput): Pod | undefined {
  const attempt = openAttempt(input.status);
  return attempt === undefined ? undefined : input.snapshot.pods.find((pod) => uidOf(pod) === attempt.podUID);
}

/** What is known of a pod's node; undefined while it has none, and where nothing is known. */
export function nodeOf(input: StepInput, pod: Pod): NodeFacts | undefined {
  const name = pod.spec?.nodeName;
  return name === undefined ? undefined : input.snapshot.nodes.get(name);
}

/** Whether nothing of a pod can run any more: it has ended, or its node is proved to be gone. */
export function isOver(input: StepInput, pod: Pod): boolean {
  return hasEnded(pod) || isLostWithNode(pod, nodeOf(input, pod));
}

/** Number of the attempt whose main pod is to be made next. */
export function nextAttempt(status: RunStatus): number {
  return (lastAttempt(status)?.number ?? 0) + 1;
}

/** Name of the main pod that is to be made next. */
export function nextMainPodName(input: StepInput): string {
  return mainPodName(input.run, nextAttempt(input.status));
}

/** Main pods of the run whose UID no attempt records. */
export function unrecordedPods(input: StepInput): Pod[] {
  const recorded = new Set(input.status.attempts.map((attempt) => attempt.podUID));
  return input.snapshot.pods.filter((pod) => isStage(pod, 'main') && !recorded.has(uidOf(pod)));
}

/** Name of the pod of the current attempt of the handler. */
export function currentExitPodName(input: StepInput): string {
  return exitPodName(input.run, input.status.exit?.attempts ?? 0);
}

/** The pod of the current attempt of the handler, as far as it exists. */
export function exitPodOf(input: StepInput): Pod | undefined {
  const name = currentExitPodName(input);
  return input.snapshot.pods.find((pod) => isStage(pod, 'exit') && nameOf(pod) === name);
}

/** The verdict stored for a pod. */
export function storedVerdict(status: RunStatus, podUID: string): Verdict | undefined {
  return status.verdicts?.[podUID];
}

/** The status with a verdict stored. */
export function withVerdict(status: RunStatus, podUID: string, verdict: Verdict): RunStatus {
  return { ...status, verdicts: { ...status.verdicts, [podUID]: verdict } };
}

/** Deletes a pod with its UID as precondition. */
export function deletePod(pod: Pod, verdict: Verdict): Action {
  return { kind: 'deletePod', podName: nameOf(pod), podUID: uidOf(pod), verdict };
}

/** Removes our finalizer from a pod. */
export function releasePod(pod: Pod): Action {
  return { kind: 'releasePod', podName: nameOf(pod), podUID: uidOf(pod) };
}
