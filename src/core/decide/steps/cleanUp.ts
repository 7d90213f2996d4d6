import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { hasEnded, isTerminating, nameOf, uidOf } from '../../pod/podFacts.ts';
import { isTrue, timeText, transitionOf, withCondition } from '../../run/conditions.ts';
import type { Verdict } from '../../run/run.ts';
import type { Action, EventNote } from '../decision.ts';
import { retentionNow } from '../retention.ts';
import { deletePod, type StepInput, type StepResult } from '../step.ts';

/**
 * Removes what is left of a run when its time is over: its pods after keepPodSeconds, the run with all that it owns after
 * ttlSeconds, both counted from its end as the status has it; a run at once that is more than its schedule keeps. So nothing is lost with a restart, and no clock but the API
 * server's is asked. Where a store keeps evidence, nothing goes before it is there.
 */
export function cleanUp(
  input: StepInput,
  actions: readonly Action[],
  events: readonly EventNote[],
): StepResult {
  const since = transitionOf(input.status, 'Finished');
  if (since === undefined) {
    return { kind: 'answer', said: 'has ended', actions, events };
  }
  const { keepPodSeconds } = retentionNow(input.run);
  const [podsDue, runDue] = [since + keepPodSeconds * 1000, since + keptMs(input)];
  if (runDue === Number.POSITIVE_INFINITY) {
    return { kind: 'answer', said: 'has ended; it is kept', actions, events };
  }
  if (input.now >= runDue) {
    return removeRun(input, { actions, events });
  }
  if (input.now < podsDue) {
    return { kind: 'answer', said: 'has ended; its pods are kept', actions, events, wakeAt: podsDue };
  }
  return removePods(input, { actions, events, runDue, keepPodSeconds });
}

/** For how long after its end the run is kept, ms. What the back-off of a key goes by stays, however many its schedule has made. */
function keptMs({ run, snapshot }: StepInput): number {
  const { ttlSeconds, rule } = retentionNow(run);
  return snapshot.isSurplus && rule === 'ttlSeconds' ? 0 : ttlSeconds * 1000;
}

interface SoFar {
  readonly actions: readonly Action[];
  readonly events: readonly EventNote[];
}

/** Its time is over: what was done already, as letting pods go, does not hold it up. */
function removeRun(input: StepInput, { actions, events }: SoFar): StepResult {
  const unseen = unseenPod(input);
  if (unseen !== undefined) {
    const action = { kind: 'readPod', podName: unseen } as const;
    return { kind: 'first', said: `asks whether ${unseen} is there`, action };
  }
  const unstored = input.snapshot.pods.filter((pod) => !isStored(input, uidOf(pod)));
  if (unstored.length > 0 || !isStored(input, input.run.metadata.uid ?? '')) {
    return waitForEvidence(input, { actions, events }, 'the run', unstored);
  }
  return {
    kind: 'answer',
    said: 'its time is over',
    actions: [...actions, { kind: 'deleteRun' }],
    events,
  };
}

function removePods(
  input: StepInput,
  so: SoFar & { readonly runDue: number; readonly keepPodSeconds: number },
): StepResult {
  const ended = input.snapshot.pods.filter((pod) => hasEnded(pod) && !isTerminating(pod));
  const unstored = ended.filter((pod) => !isStored(input, uidOf(pod)));
  const removed = ended
    .filter((pod) => isStored(input, uidOf(pod)))
    .map((pod) => deletePod(pod, overdue(input, pod, so.keepPodSeconds)));
  const next = { actions: [...so.actions, ...removed], events: so.events };
  if (unstored.length > 0) {
    return waitForEvidence(input, next, 'its pods', unstored, so.runDue);
  }
  return {
    kind: 'answer',
    said: `has ended; ${removed.length} pods go`,
    ...next,
    ...(isTrue(input.status, 'EvidenceWaiting') ? { status: stored(input) } : {}),
    wakeAt: so.runDue,
  };
}

/** Where evidence is stored: a pod of the run that the cache does not show with its end, and that was not asked after. */
function unseenPod({ snapshot, status }: StepInput): string | undefined {
  const { exit, attempts } = status;
  const named = [
    ...attempts.map(({ podName }) => podName),
    ...(exit?.podName === undefined ? [] : [exit.podName]),
  ];
  const shown = new Set(snapshot.pods.filter(hasEnded).map(nameOf));
  return snapshot.evidenceStored === undefined
    ? undefined
    : named.find((name) => !shown.has(name) && !snapshot.freshReads.has(name));
}

/** Whether the evidence of a pod, or all of the run, is kept. Without a store evidence is what the status holds, which is written. */
export function isStored(input: StepInput, uid: string): boolean {
  return input.snapshot.evidenceStored?.has(uid) ?? true;
}

/** Told once, however long it takes: whoever stores the evidence lets the run be looked at again. */
function waitForEvidence(
  input: StepInput,
  so: SoFar,
  what: string,
  pods: readonly Pod[],
  wakeAt?: number,
): StepResult {
  const said = `${what} would go now; the evidence is not stored yet`;
  if (isTrue(input.status, 'EvidenceWaiting')) {
    return { kind: 'answer', said, ...so, wakeAt };
  }
  const message = pods.length === 0 ? said : `${said}, of ${pods.map(nameOf).join(', ')}`;
  const change = { type: 'EvidenceWaiting', status: 'True', reason: 'NotStored', message } as const;
  return {
    kind: 'answer',
    said,
    status: withCondition(input.status, change, input.now, input.run.metadata.generation),
    actions: so.actions,
    events: [...so.events, { type: 'Warning', reason: 'EvidenceWaiting', message }],
    wakeAt,
  };
}

function stored(input: StepInput) {
  const change = { type: 'EvidenceWaiting', status: 'False', reason: 'Stored' } as const;
  return withCondition(input.status, change, input.now, input.run.metadata.generation);
}

function overdue(input: StepInput, pod: Pod, seconds: number): Verdict {
  return {
    reason: 'Swept',
    by: 'endwell',
    message: `pod ${nameOf(pod)} ended and was kept for keepPodSeconds (${seconds} s)`,
    rule: 'keepPodSeconds',
    at: timeText(input.now),
  };
}
