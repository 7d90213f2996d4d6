import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { FINALIZER } from '../../naming/naming.ts';
import { classifyPodEnd } from '../../pod/classifyPodEnd.ts';
import { hasEnded, isHeld, isStage, isTerminating, mainTerminated, nameOf } from '../../pod/podFacts.ts';
import { isTrue, timeText } from '../../run/conditions.ts';
import { withLastAttempt } from '../../run/status.ts';
import { endEvent, finishRun, type MainResult, withMain } from '../conclude.ts';
import type { Action } from '../decision.ts';
import {
  exitPodOf,
  openAttempt,
  openPod,
  pass,
  readPodFirst,
  releasePod,
  type StepInput,
  type StepResult,
  storedVerdict,
} from '../step.ts';
import { refused } from './refuse.ts';

const GIVEN_UP = {
  outcome: 'Failed',
  reason: 'NamespaceTerminating',
  message: 'the namespace is being deleted: no pod can be created there any more',
} as const satisfies MainResult;

/** Its pod goes by itself once our finalizer is gone, and nobody will be there to see how it ended. */
const ENDS_UNSEEN = {
  ...GIVEN_UP,
  outcome: 'Lost',
  message: `${GIVEN_UP.message}, and how the running one ends can't be waited for`,
} as const satisfies MainResult;

/**
 * Ends a run whose namespace is being deleted. No pod can be made there, so its handler is given up; both finalizers go,
 * for otherwise they would keep the namespace for ever.
 */
export function terminatingNamespace(input: StepInput): StepResult {
  if (!input.snapshot.namespaceTerminating) {
    return pass('its namespace stays');
  }
  if (hasReceipt(input)) {
    return pass('its handler has ended: that is recorded first');
  }
  const unsure = unsurePod(input);
  if (unsure !== undefined) {
    return readPodFirst(nameOf(unsure));
  }
  const actions = releaseAll(input);
  if (!isTrue(input.status, 'Accepted')) {
    const { reason, message } = GIVEN_UP;
    return {
      kind: 'answer',
      said: 'its namespace is being deleted',
      status: refused(input, reason, message),
      actions,
    };
  }
  const result = resultOf(input);
  const closed = withClosedAttempt(input, result);
  const withResult = closed.main === undefined ? withMain(input, closed, result) : closed;
  const { reason, message } = GIVEN_UP;
  const owed = closed.exit?.owed === true;
  const ended = finishRun(
    input,
    withResult,
    owed ? { kind: 'givenUp', reason, message } : { kind: 'notRequested' },
  );
  return {
    kind: 'answer',
    said: 'its namespace is being deleted',
    status: ended,
    actions,
    events: [endEvent(ended)],
  };
}

/** A handler that has ended well was not given up, whenever we learn of it. */
function hasReceipt(input: StepInput): boolean {
  const pod =
    input.status.phase === 'Exiting' && input.status.exit?.outcome === undefined
      ? exitPodOf(input)
      : undefined;
  return pod !== undefined && mainTerminated(pod)?.exitCode === 0;
}

/** A read that is so young is taken for how things are. */
const FRESH_MS = 1_000;

/** One that no node seems to have: the cache may be late. Once its deletion is asked for, none can get it any more. */
function unsurePod(input: StepInput): Pod | undefined {
  const pod = openPod(input);
  if (pod === undefined || pod.spec?.nodeName !== undefined || hasEnded(pod) || isTerminating(pod)) {
    return undefined;
  }
  const readAt = input.snapshot.freshReads.get(nameOf(pod)) ?? Number.NEGATIVE_INFINITY;
  return input.now - readAt > FRESH_MS ? pod : undefined;
}

function resultOf(input: StepInput): MainResult {
  const attempt = openAttempt(input.status);
  if (attempt === undefined) return GIVEN_UP;
  const pod = openPod(input);
  if (pod !== undefined && hasEnded(pod)) {
    return classifyPodEnd(
      pod,
      storedVerdict(input.status, attempt.podUID) ?? { ...verdict(input), ...GIVEN_UP },
    );
  }
  const wasBound = pod === undefined || pod.spec?.nodeName !== undefined;
  return wasBound ? ENDS_UNSEEN : GIVEN_UP;
}

function verdict(input: StepInput) {
  return {
    by: 'the deletion of the namespace',
    rule: 'no pod outlives its namespace',
    at: timeText(input.now),
  };
}

function withClosedAttempt(input: StepInput, result: MainResult) {
  return openAttempt(input.status) === undefined
    ? input.status
    : withLastAttempt(input.status, {
        outcome: result.outcome,
        reason: result.reason,
        message: result.message,
        finishedAt: timeText(input.now),
        ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
        ...(result === ENDS_UNSEEN ? { unconfirmed: true } : {}),
      });
}

function releaseAll(input: StepInput): Action[] {
  const held = input.snapshot.pods.filter((pod) => isStage(pod, 'main') && isHeld(pod));
  const holds = input.run.metadata.finalizers?.includes(FINALIZER.exitOwed) ?? false;
  return [...held.map(releasePod), ...(holds ? [{ kind: 'releaseRun' } as const] : [])];
}
