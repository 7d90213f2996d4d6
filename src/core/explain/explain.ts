import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { diagnosePending } from '../pod/diagnosePending.ts';
import { isGated, nameOf, uidOf } from '../pod/podFacts.ts';
import { CATALOGUE, isReasonCode, type ReasonCode } from '../reasons/catalogue.ts';
import { conditionOf } from '../run/conditions.ts';
import { isTerminal } from '../run/phases.ts';
import type { Phase, Run } from '../run/run.ts';
import { lastAttempt } from '../run/status.ts';
import { evidenceOf } from './evidence.ts';

/** Why a run is not running, or why it ended: an answer for a person, and the same for a program. */
export interface Explanation {
  readonly run: string;
  readonly namespace: string;
  readonly phase: Phase;
  /** The answer in a few words: `Failed: OutOfMemory`. */
  readonly headline: string;
  /** A code of the catalogue; the phase where there is nothing to explain. */
  readonly reason: ReasonCode | Phase;
  /** What happened, naming actor, object and rule. */
  readonly sentence: string;
  /** What that means in general; '' where the sentence says all. */
  readonly meaning: string;
  /** Facts on record, oldest first. */
  readonly evidence: readonly string[];
  readonly next: string;
}

/** What is known beside the run itself. */
export interface LiveFacts {
  /** Pods of the run, as far as they could be read. */
  readonly pods: readonly Pod[];
}

/** Explains a run from its stored status, and where it waits from its living pod. */
export function explain(run: Run, live: LiveFacts = { pods: [] }): Explanation {
  const phase = run.status?.phase ?? 'Queued';
  const cause = causeOf(run, live);
  const known = isReasonCode(cause.reason) ? CATALOGUE[cause.reason] : undefined;
  return {
    run: run.metadata.name ?? '',
    namespace: run.metadata.namespace ?? '',
    phase,
    headline: cause.reason === phase ? phase : `${phase}: ${cause.reason}`,
    reason: cause.reason,
    sentence: cause.sentence,
    meaning: known?.sentence ?? '',
    evidence: evidenceOf(run),
    next: nextStep(run, known?.nextStep ?? 'Nothing to do: it goes on by itself.'),
  };
}

interface Cause {
  readonly reason: ReasonCode | Phase;
  readonly sentence: string;
}

function causeOf(run: Run, live: LiveFacts): Cause {
  const { status } = run;
  if (status === undefined || conditionOf(status, 'Accepted') === undefined) {
    return {
      reason: 'Queued',
      sentence: 'the operator has not accepted it yet; is one running, and does it watch this namespace?',
    };
  }
  if (status.main !== undefined) {
    return { reason: status.main.reason, sentence: status.main.message };
  }
  if (isTerminal(status.phase) && status.reason !== undefined) {
    return { reason: status.reason, sentence: status.message ?? '' };
  }
  return (
    endingCause(run) ??
    waitingCause(run, live) ?? { reason: status.phase, sentence: plainSentence(run, live) }
  );
}

/** A verdict that is stored and not carried out to the end. */
function endingCause(run: Run): Cause | undefined {
  const attempt = run.status === undefined ? undefined : lastAttempt(run.status);
  const verdict = attempt === undefined ? undefined : run.status?.verdicts?.[attempt.podUID];
  return verdict === undefined
    ? undefined
    : {
        reason: verdict.reason,
        sentence: `its main pod is being ended: ${verdict.message} (${verdict.rule})`,
      };
}

/** The living pod knows better than the status, which is not written at each change of words. */
function waitingCause(run: Run, live: LiveFacts): Cause | undefined {
  const { status } = run;
  if (status?.phase !== 'Pending') {
    return undefined;
  }
  const pod = livePod(run, live);
  const diagnosis = pod === undefined ? undefined : diagnosePending(pod);
  if (diagnosis !== undefined) {
    return { reason: diagnosis.reason, sentence: diagnosis.message };
  }
  return pod === undefined && status.reason !== undefined
    ? { reason: status.reason, sentence: status.message ?? '' }
    : undefined;
}

function livePod(run: Run, live: LiveFacts): Pod | undefined {
  const attempt = run.status === undefined ? undefined : lastAttempt(run.status);
  return live.pods.find((pod) => uidOf(pod) === attempt?.podUID);
}

function plainSentence(run: Run, live: LiveFacts): string {
  const pod = livePod(run, live);
  if (run.status?.phase === 'Running') {
    return `main runs in pod ${run.status.attempts.at(-1)?.podName ?? '?'}`;
  }
  if (run.status?.phase === 'Queued') {
    return 'it waits to be admitted';
  }
  if (pod === undefined) {
    return 'its main pod is being made';
  }
  return isGated(pod) ? `pod ${nameOf(pod)} waits behind its gate` : `pod ${nameOf(pod)} is starting`;
}

/** A handler that was given up needs somebody, however main came out. */
function nextStep(run: Run, ofCause: string): string {
  const handled = conditionOf(run.status, 'ExitHandled');
  if (handled?.status !== 'False') {
    return ofCause;
  }
  const step = isReasonCode(handled.reason) ? CATALOGUE[handled.reason].nextStep : 'See its message.';
  const handler = isTerminal(run.status?.phase)
    ? `The exit handler did not succeed (${handled.reason}): do by hand what it should have done. ${step}`
    : `The exit handler has not succeeded yet (${handled.reason}). ${step}`;
  return ofCause === CATALOGUE.Completed.nextStep ? handler : `${ofCause} ${handler}`;
}
