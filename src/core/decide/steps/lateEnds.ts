import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { classifyPodEnd } from '../../pod/classifyPodEnd.ts';
import { isHeld, isStage, isTerminating, nameOf, uidOf } from '../../pod/podFacts.ts';
import { timeText } from '../../run/conditions.ts';
import type { Attempt, Verdict } from '../../run/run.ts';
import { boundedMessage } from '../../run/status.ts';
import type { Action, EventNote } from '../decision.ts';
import { besideOf } from '../podEvents.ts';
import {
  deletePod,
  isOver,
  pass,
  readPodFirst,
  releasePod,
  type StepInput,
  type StepResult,
  storedVerdict,
} from '../step.ts';

/**
 * Deals with the main pods of attempts that are closed. One that is over is let go: a crash may have come in between. One
 * that lives came back from a node that was given up, and is killed; how it ended is told, and changes nothing.
 */
export function lateEnds(input: StepInput): StepResult {
  const unsure = unsurePod(input);
  if (unsure !== undefined) {
    return readPodFirst(nameOf(unsure));
  }
  const { actions, events } = closedPods(input);
  return actions.length === 0
    ? pass('no pod of an earlier attempt is left')
    : { kind: 'amend', said: `${actions.length} late pods`, status: input.status, actions, events };
}

/**
 * A pod that seems to live although its end is on record, and was not asked after: mostly the cache is late, and what has
 * ended is not ours to delete for that.
 */
export function unsurePod(input: StepInput): Pod | undefined {
  const { pods, freshReads, namespaceTerminating } = input.snapshot;
  const closed = closedUids(input);
  return namespaceTerminating
    ? undefined
    : pods.find(
        (pod) =>
          closed.has(uidOf(pod)) &&
          !isOver(input, pod) &&
          !isTerminating(pod) &&
          !freshReads.has(nameOf(pod)),
      );
}

/** What is to be done with main pods whose end is on record, and what is to be told of them. */
export function closedPods(input: StepInput): {
  readonly actions: readonly Action[];
  readonly events: readonly EventNote[];
} {
  const closed = closedUids(input);
  const found = input.snapshot.pods.flatMap((pod) => {
    const attempt = closed.get(uidOf(pod));
    return attempt === undefined || !isStage(pod, 'main') ? [] : [{ pod, attempt }];
  });
  return {
    actions: found.flatMap(({ pod }) => actionsOn(input, pod)),
    events: found.flatMap(({ pod, attempt }) => lateFact(input, pod, attempt)),
  };
}

function closedUids(input: StepInput): ReadonlyMap<string, Attempt> {
  const closed = input.status.attempts.filter((one) => one.outcome !== undefined);
  return new Map(closed.map((one) => [one.podUID, one]));
}

function actionsOn(input: StepInput, pod: Pod): Action[] {
  if (isOver(input, pod) || input.snapshot.namespaceTerminating) {
    return isHeld(pod) ? [releasePod(pod)] : [];
  }
  return isTerminating(pod) ? [] : [deletePod(pod, lateVerdict(input, pod))];
}

/** Told once: when the pod is let go. */
function lateFact(input: StepInput, pod: Pod, attempt: Attempt): EventNote[] {
  if (attempt.unconfirmed !== true || !isHeld(pod) || !isOver(input, pod)) {
    return [];
  }
  const end = classifyPodEnd(pod, undefined, besideOf(input, pod));
  const message = boundedMessage(
    `attempt ${attempt.number}, which was given up as ${attempt.reason ?? 'lost'}, has ended after all: ${end.message}`,
  );
  return [{ type: 'Normal', reason: 'LateEnd', message }];
}

/** Why a pod is removed that its run has no more use for. */
export function lateVerdict(input: StepInput, pod: Pod): Verdict {
  return (
    storedVerdict(input.status, uidOf(pod)) ?? {
      reason: 'Swept',
      by: 'endwell',
      message: `pod ${nameOf(pod)} outlived the end that is on record for it`,
      rule: 'no pod stays behind when its attempt is over',
      at: timeText(input.now),
    }
  );
}
