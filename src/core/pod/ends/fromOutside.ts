import { timeOf } from '../../run/conditions.ts';
import {
  disruptionOf,
  type EndFacts,
  type EndRow,
  hasDisruption,
  isEndUnseen,
  type RowMatch,
  wasDeletedEarly,
  wasGoingAt,
} from '../podEnd.ts';
import { isLostWithNode } from '../podFacts.ts';
import { failedPreStopHook, hookNote, nodeOf, preemptedBy, takenAwayBy } from './words.ts';

/** Somebody or something took the pod away while main was still going, or before it ever ran. */
export const ENDS_FROM_OUTSIDE: readonly EndRow[] = [
  { row: 'our verdict', match: ourVerdict },
  { row: 'evicted by its node', match: evictedByNode },
  { row: 'evicted through the API', match: evictedThroughApi, eventsTell: true },
  { row: 'evicted by a taint', match: evictedByTaint, eventsTell: true },
  { row: 'preempted', match: preempted, eventsTell: true },
  { row: 'node shut down', match: nodeShutDown },
  { row: 'node lost', match: nodeLost },
  { row: 'preStop hook failed', match: preStopFailed },
  { row: 'deleted by somebody', match: deletedBySomebody, eventsTell: true },
  { row: "pod's own deadline", match: podDeadline },
];

function ourVerdict(facts: EndFacts): RowMatch | undefined {
  return facts.verdict !== undefined && wasDeletedEarly(facts) ? facts.verdict : undefined;
}

function evictedByNode(facts: EndFacts): RowMatch | undefined {
  const { reason, message = '' } = facts.pod.status ?? {};
  return reason === 'Evicted' && (disruptionOf(facts) !== undefined || !hasDisruption(facts))
    ? {
        reason: 'Evicted',
        message: `pod ${facts.podName} was evicted by its node ${nodeOf(facts)}${pressureIn(message)}: ${message.trim() || 'no cause given'}`,
      }
    : undefined;
}

/** Which pressure a kubelet's sentence is about, for the message; '' where it names none. */
function pressureIn(sentence: string): string {
  const resource = /low on resource: ([\w.-]*\w)/.exec(sentence)?.[1];
  if (resource !== undefined) {
    return ` under pressure of ${resource}`;
  }
  const conditions = /had condition: \[([^\]]+)\]/.exec(sentence)?.[1];
  if (conditions !== undefined) {
    return ` under ${conditions}`;
  }
  return /exceed(s|ed) (its|the)[\w ]* limit/.test(sentence)
    ? ' for going over its limit of local storage'
    : '';
}

function evictedThroughApi(facts: EndFacts): RowMatch | undefined {
  const disruption = disruptionOf(facts);
  return disruption?.reason === 'EvictionByEvictionAPI'
    ? {
        reason: 'Evicted',
        message: `pod ${facts.podName} was evicted through the API, as a drain of node ${nodeOf(facts)} does: ${disruption.message}${takenAwayBy(facts)}${hookNote(facts)}`,
      }
    : undefined;
}

/** The kubelet answered after the taint, so the node was alive: the taint was somebody's wish. */
function evictedByTaint(facts: EndFacts): RowMatch | undefined {
  const disruption = disruptionOf(facts);
  return disruption?.reason === 'DeletionByTaintManager' &&
    facts.main !== undefined &&
    !isEndUnseen(facts.main)
    ? {
        reason: 'Evicted',
        message: `pod ${facts.podName} was evicted by a taint of its node ${nodeOf(facts)}: ${disruption.message}${takenAwayBy(facts)}${hookNote(facts)}`,
      }
    : undefined;
}

function preempted(facts: EndFacts): RowMatch | undefined {
  const disruption = disruptionOf(facts);
  const { reason, message } = facts.pod.status ?? {};
  if (disruption?.reason !== 'PreemptionByScheduler' && reason !== 'Preempting') {
    return undefined;
  }
  const by = reason === 'Preempting' ? `node ${nodeOf(facts)}` : 'the scheduler';
  return {
    reason: 'Preempted',
    message: `pod ${facts.podName} was made by ${by} to give its place to a pod of higher priority: ${disruption?.message || message || 'no cause given'}${preemptedBy(facts)}`,
  };
}

function nodeShutDown(facts: EndFacts): RowMatch | undefined {
  const { reason, message = '' } = facts.pod.status ?? {};
  const shutdown = reason === 'NodeShutdown' || (reason === 'Terminated' && message.includes('shutdown'));
  return shutdown || (disruptionOf(facts)?.message.includes('shutdown') ?? false)
    ? { reason: 'NodeShutdown', message: `node ${nodeOf(facts)} was shut down under pod ${facts.podName}` }
    : undefined;
}

function nodeLost(facts: EndFacts): RowMatch | undefined {
  const why = lossOf(facts);
  return why === undefined
    ? undefined
    : { reason: 'NodeLost', message: `node ${nodeOf(facts)} of pod ${facts.podName} was lost: ${why}` };
}

function lossOf(facts: EndFacts): string | undefined {
  const isUnreported = facts.main === undefined || isEndUnseen(facts.main);
  if (isUnreported && isLostWithNode(facts.pod, facts.node)) {
    return facts.node?.exists === false
      ? 'there is no such node any more'
      : 'it does not answer, and its administrator marked it out of service';
  }
  const disruption = disruptionOf(facts);
  const isTaken = disruption?.reason === 'DeletionByPodGC' || disruption?.reason === 'DeletionByTaintManager';
  return isTaken || facts.pod.status?.reason === 'NodeLost'
    ? disruption?.message || 'it no longer answers'
    : undefined;
}

function preStopFailed(facts: EndFacts): RowMatch | undefined {
  const hook = failedPreStopHook(facts);
  return hook === undefined || !wasDeletedEarly(facts)
    ? undefined
    : {
        reason: 'PreStopFailed',
        message: `pod ${facts.podName} was deleted by somebody else, and the preStop hook of container ${hook.container ?? '?'} failed: ${hook.message}${takenAwayBy(facts)}`,
      };
}

function deletedBySomebody(facts: EndFacts): RowMatch | undefined {
  if (!wasDeletedEarly(facts)) {
    return undefined;
  }
  const ended =
    facts.main === undefined
      ? ''
      : `; container ${facts.mainName} then ended with exit code ${facts.main.exitCode}`;
  return {
    reason: 'PodDeleted',
    message: `pod ${facts.podName} was deleted by somebody else${takenAwayBy(facts)}${ended}`,
  };
}

function podDeadline(facts: EndFacts): RowMatch | undefined {
  if (facts.pod.status?.reason !== 'DeadlineExceeded') {
    return undefined;
  }
  const seconds = facts.pod.spec?.activeDeadlineSeconds;
  const started = timeOf(facts.pod.status.startTime);
  const due = started === undefined || seconds === undefined ? undefined : started + seconds * 1000;
  return due === undefined || wasGoingAt(facts, due)
    ? {
        reason: 'DeadlineExceeded',
        message: `pod ${facts.podName} ran for longer than its activeDeadlineSeconds (${seconds ?? 'unknown'})`,
      }
    : undefined;
}
