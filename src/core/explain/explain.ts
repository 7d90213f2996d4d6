import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { QueuePosition } from '../admission/position.ts';
import type { PodEvent } from '../decide/decision.ts';
import { diagnosePending } from '../pod/diagnosePending.ts';
import { isGated, nameOf, uidOf } from '../pod/podFacts.ts';
import { resolveTemplate } from '../profile/resolveTemplate.ts';
import { CATALOGUE, isReasonCode, type ReasonCode } from '../reasons/catalogue.ts';
import { nextStep } from '../reasons/nextStep.ts';
import { conditionOf, timeOf } from '../run/conditions.ts';
import { DEFAULT_LIMITS } from '../run/defaults.ts';
import { PHASE_MEANINGS } from '../run/phaseMeanings.ts';
import { isPhase, isTerminal } from '../run/phases.ts';
import type { Limits, Phase, Run, RunStatus } from '../run/run.ts';
import { lastAttempt } from '../run/status.ts';
import { evidenceOf } from './evidence.ts';
import { limitsNow } from './limitsNow.ts';
import { podLines, queueLines } from './liveLines.ts';
import { unknownsOf } from './unknowns.ts';

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
  /** What that means in general. */
  readonly meaning: string;
  /** Facts: where it waits now, then what is on record, oldest first, then what its pods look like. */
  readonly evidence: readonly string[];
  /** Limits that count at the moment, with what is left of them. */
  readonly limits: readonly string[];
  /** What can't be told, and why. */
  readonly unknown: readonly string[];
  readonly next: string;
}

/** What is known beside the run itself, by whoever asks; each part may be left out. */
export interface LiveFacts {
  /** Pods of the run; left out when they could not be looked for. */
  readonly pods?: readonly Pod[];
  /** Events about the run's pods, by pod UID. */
  readonly events?: ReadonlyMap<string, readonly PodEvent[]>;
  /** Where it waits. */
  readonly position?: QueuePosition | undefined;
  /** Its limits as its frozen template has them; left out: as its spec resolves today. */
  readonly limits?: Limits | undefined;
  /** ms since the epoch; without it no limit is told. */
  readonly now?: number;
  /** Logs of its pods are stored: then what the status lacks of them is no loss. */
  readonly hasStoredLogs?: boolean;
  /** What could not be read, and why: one line each. */
  readonly unread?: readonly string[];
}

/** Explains a run, live or long gone, from its stored status and from whatever is known beside it. */
export function explain(run: Run, live: LiveFacts = {}): Explanation {
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
    meaning: known?.sentence ?? (isPhase(phase) ? PHASE_MEANINGS[phase] : ''),
    evidence: [...queueLines(live), ...evidenceOf(run), ...podLines(run, live)],
    limits: live.now === undefined ? [] : limitsNow(run, limitsOf(run, live), live.now, livePod(run, live)),
    unknown: unknownsOf(run, live),
    next: nextFor(run, cause),
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
    queueCause(status, live) ??
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
  const events = pod === undefined ? undefined : live.events?.get(uidOf(pod));
  const diagnosis = pod === undefined ? undefined : diagnosePending(pod, { events });
  if (diagnosis !== undefined) {
    return { reason: diagnosis.reason, sentence: diagnosis.message };
  }
  return status.reason !== undefined && (pod === undefined || events === undefined)
    ? { reason: status.reason, sentence: status.message ?? '' }
    : undefined;
}

function livePod(run: Run, live: LiveFacts): Pod | undefined {
  const attempt = run.status === undefined ? undefined : lastAttempt(run.status);
  return live.pods?.find((pod) => uidOf(pod) === attempt?.podUID);
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

/** Why it waits for its turn, or for the next attempt. */
function queueCause(status: RunStatus, { position, now = 0 }: LiveFacts): Cause | undefined {
  if (status.phase !== 'Queued') {
    return undefined;
  }
  const retryAt = timeOf(status.retryAt);
  if (status.reason !== undefined && retryAt !== undefined && retryAt > now) {
    return { reason: status.reason, sentence: status.message ?? '' };
  }
  const admitted = conditionOf(status, 'Admitted');
  const held = position?.message ?? (admitted?.status === 'False' ? admitted.message : '');
  const code = position?.reason ?? admitted?.reason ?? '';
  return held === ''
    ? undefined
    : { reason: isReasonCode(code) ? code : 'Queued', sentence: `it waits to be admitted: ${held}` };
}

function limitsOf(run: Run, live: LiveFacts): Limits {
  return live.limits ?? resolveTemplate(run).template?.limits ?? { ...DEFAULT_LIMITS, ...run.spec.limits };
}

function nextFor(run: Run, { reason, sentence }: Cause): string {
  const ofCause = isReasonCode(reason) ? nextStep(reason, sentence) : 'Nothing to do: it goes on by itself.';
  const handled = conditionOf(run.status, 'ExitHandled');
  if (handled?.status !== 'False') {
    return ofCause;
  }
  // A handler that was given up needs somebody, however main came out.
  const step = isReasonCode(handled.reason) ? nextStep(handled.reason, handled.message) : 'See its message.';
  const handler = isTerminal(run.status?.phase)
    ? `The exit handler did not succeed (${handled.reason}): do by hand what it should have done. ${step}`
    : `The exit handler has not succeeded yet (${handled.reason}). ${step}`;
  return ofCause === CATALOGUE.Completed.nextStep ? handler : `${ofCause} ${handler}`;
}
