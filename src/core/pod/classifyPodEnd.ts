import type { ContainerStateTerminated, Pod } from 'kubernetes-types/core/v1.d.ts';
import { outcomeOf } from '../reasons/catalogue.ts';
import { timeOf } from '../run/conditions.ts';
import type { Verdict } from '../run/run.ts';
import { boundedMessage } from '../run/status.ts';
import {
  type Beside,
  disruptionOf,
  type EndFacts,
  type EndRow,
  endFactsOf,
  failedInits,
  failedSidecars,
  memoryLimitOf,
  type PodEnd,
  type RowMatch,
  wasDeletedEarly,
  wasGoingAt,
} from './podEnd.ts';
import { isLostWithNode } from './podFacts.ts';

/** Exit code of a container that SIGKILL ended: 128 + 9. */
const KILLED = 137;

/** Exit codes above this are 128 + the number of a signal. */
const SIGNAL_BASE = 128;

/** The highest signal of Linux. */
const MAX_SIGNAL = 64;

/** Termination reasons of a container that the runtime could not start. */
const CANNOT_RUN: ReadonlySet<string> = new Set(['StartError', 'ContainerCannotRun', 'RunContainerError']);

/** `status.reason` of a pod that the kubelet refused to take; besides those that begin with OutOf. */
const REFUSED_BY_NODE: ReadonlySet<string> = new Set([
  'UnexpectedAdmissionError',
  'NodeAffinity',
  'NodePorts',
]);

/** Most of a termination message that is quoted: it is the container's own text and may be long. */
const QUOTED = 300;

/** What ended a main or exit pod: the first row that matches wins, so the order of the array is the order of causes. */
export const POD_END_TABLE: readonly EndRow[] = [
  { row: 'our verdict', match: ourVerdict },
  { row: 'eviction', match: eviction },
  { row: 'preemption', match: preemption },
  { row: 'node shutdown', match: nodeShutdown },
  { row: 'node lost', match: nodeLost },
  { row: 'deleted by somebody', match: deletedBySomebody },
  { row: "pod's own deadline", match: podDeadline },
  { row: 'main completed', match: mainCompleted },
  { row: 'end not seen', match: endNotSeen },
  { row: 'main out of memory', match: mainOutOfMemory },
  { row: 'main could not run', match: mainCouldNotRun },
  { row: 'init out of memory', match: initOutOfMemory },
  { row: 'init failed', match: initFailed },
  { row: 'sidecar out of memory', match: sidecarOutOfMemory },
  { row: 'sidecar failed', match: sidecarFailed },
  { row: 'killed at a memory limit', match: killedAtMemoryLimit },
  { row: 'signal', match: signalled },
  { row: 'exit code', match: exitCode },
  { row: 'refused by the node', match: refusedByNode },
];

/** How a pod that has ended ended. Never refuses: what no row knows is Unknown. */
export function classifyPodEnd(pod: Pod, verdict: Verdict | undefined, beside: Beside = {}): PodEnd {
  const facts = endFactsOf(pod, verdict, beside);
  for (const { match } of POD_END_TABLE) {
    const found = match(facts);
    if (found !== undefined) {
      return podEnd(found, facts.main);
    }
  }
  const said = [pod.status?.reason, pod.status?.message].filter(Boolean).join(': ');
  return podEnd(
    {
      reason: 'Unknown',
      message: `pod ${facts.podName} ended and nothing in it says why${said && ` (${said})`}`,
    },
    facts.main,
  );
}

/** How a recorded pod ended whose object is gone, by a fresh read: only who removed our finalizer can have done that. */
export function classifyVanishedPod(podName: string, verdict: Verdict | undefined): PodEnd {
  return podEnd(
    verdict ?? {
      reason: 'PodDeleted',
      message: `pod ${podName} is gone although it carried our finalizer: somebody removed both; its containers may still run`,
    },
    undefined,
  );
}

function podEnd(match: RowMatch, main: ContainerStateTerminated | undefined): PodEnd {
  return {
    outcome: outcomeOf(match.reason),
    reason: match.reason,
    message: boundedMessage(match.message),
    ...(main === undefined ? {} : { exitCode: main.exitCode }),
  };
}

function ourVerdict(facts: EndFacts): RowMatch | undefined {
  return facts.verdict !== undefined && wasDeletedEarly(facts) ? facts.verdict : undefined;
}

function eviction(facts: EndFacts): RowMatch | undefined {
  const { reason, message = '' } = facts.pod.status ?? {};
  const disruption = disruptionOf(facts);
  if (reason === 'Evicted' && (disruption !== undefined || !hasDisruption(facts))) {
    return {
      reason: 'Evicted',
      message: `pod ${facts.podName} was evicted by its node: ${message || 'no cause given'}`,
    };
  }
  if (disruption?.reason === 'EvictionByEvictionAPI') {
    return {
      reason: 'Evicted',
      message: `pod ${facts.podName} was evicted through the API: ${disruption.message}`,
    };
  }
  // The kubelet answered after the taint, so the node was alive: the taint was somebody's wish.
  return disruption?.reason === 'DeletionByTaintManager' &&
    facts.main !== undefined &&
    !isEndUnseen(facts.main)
    ? {
        reason: 'Evicted',
        message: `pod ${facts.podName} was evicted by a taint of its node: ${disruption.message}`,
      }
    : undefined;
}

function preemption(facts: EndFacts): RowMatch | undefined {
  const disruption = disruptionOf(facts);
  if (disruption?.reason === 'PreemptionByScheduler' || facts.pod.status?.reason === 'Preempting') {
    const said = disruption?.message || facts.pod.status?.message || 'no cause given';
    return {
      reason: 'Preempted',
      message: `pod ${facts.podName} made room for a pod of higher priority: ${said}`,
    };
  }
  return undefined;
}

function nodeShutdown(facts: EndFacts): RowMatch | undefined {
  const { reason, message = '' } = facts.pod.status ?? {};
  const shutdown = reason === 'NodeShutdown' || (reason === 'Terminated' && message.includes('shutdown'));
  return shutdown || (disruptionOf(facts)?.message.includes('shutdown') ?? false)
    ? { reason: 'NodeShutdown', message: `node ${nodeOf(facts)} was shut down under pod ${facts.podName}` }
    : undefined;
}

function nodeLost(facts: EndFacts): RowMatch | undefined {
  const disruption = disruptionOf(facts);
  const lost =
    disruption?.reason === 'DeletionByPodGC' ||
    disruption?.reason === 'DeletionByTaintManager' ||
    facts.pod.status?.reason === 'NodeLost' ||
    (facts.main === undefined && isLostWithNode(facts.pod, facts.node));
  return lost
    ? {
        reason: 'NodeLost',
        message: `node ${nodeOf(facts)} of pod ${facts.podName} was lost: ${disruption?.message || 'it no longer answers'}`,
      }
    : undefined;
}

function deletedBySomebody(facts: EndFacts): RowMatch | undefined {
  if (!wasDeletedEarly(facts)) {
    return undefined;
  }
  const ended =
    facts.main === undefined
      ? ''
      : `; container ${facts.mainName} then ended with exit code ${facts.main.exitCode}`;
  return { reason: 'PodDeleted', message: `pod ${facts.podName} was deleted by somebody else${ended}` };
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

function mainCompleted(facts: EndFacts): RowMatch | undefined {
  return facts.main?.exitCode === 0
    ? {
        reason: 'Completed',
        message: `container ${facts.mainName} of pod ${facts.podName} ended with exit code 0`,
      }
    : undefined;
}

function endNotSeen(facts: EndFacts): RowMatch | undefined {
  return facts.main !== undefined && isEndUnseen(facts.main)
    ? {
        reason: 'Unknown',
        message: `nobody saw container ${facts.mainName} of pod ${facts.podName} end (${facts.main.reason}); its exit code is a guess`,
      }
    : undefined;
}

function mainOutOfMemory(facts: EndFacts): RowMatch | undefined {
  return facts.main?.reason === 'OOMKilled' ? outOfMemory(facts, facts.mainName) : undefined;
}

function mainCouldNotRun(facts: EndFacts): RowMatch | undefined {
  const { main } = facts;
  return main?.reason !== undefined && CANNOT_RUN.has(main.reason)
    ? {
        reason: 'ContainerCannotRun',
        message: `container ${facts.mainName} of pod ${facts.podName} could not be started: ${quoted(main) || main.reason}`,
      }
    : undefined;
}

function initOutOfMemory(facts: EndFacts): RowMatch | undefined {
  const init = failedInits(facts.pod).find((status) => status.state?.terminated?.reason === 'OOMKilled');
  return init === undefined ? undefined : outOfMemory(facts, init.name);
}

function initFailed(facts: EndFacts): RowMatch | undefined {
  const [init] = failedInits(facts.pod);
  const end = init?.state?.terminated;
  return init === undefined || end === undefined
    ? undefined
    : {
        reason: 'InitFailed',
        message: `init container ${init.name} of pod ${facts.podName} failed with exit code ${end.exitCode}${detail(end)}`,
      };
}

function sidecarOutOfMemory(facts: EndFacts): RowMatch | undefined {
  const sidecar = failedSidecars(facts).find(({ end }) => end.reason === 'OOMKilled');
  return sidecar === undefined ? undefined : outOfMemory(facts, sidecar.name);
}

function sidecarFailed(facts: EndFacts): RowMatch | undefined {
  const [sidecar] = failedSidecars(facts);
  if (sidecar === undefined) {
    return undefined;
  }
  const main =
    facts.main === undefined
      ? 'never ended by itself'
      : `ended after it with exit code ${facts.main.exitCode}`;
  return {
    reason: 'SidecarFailed',
    message: `container ${sidecar.name} of pod ${facts.podName} failed with exit code ${sidecar.end.exitCode}; ${facts.mainName} ${main}`,
  };
}

/** An out-of-memory kill can hide behind the plain exit code: the kernel killed, the runtime did not see why. */
function killedAtMemoryLimit(facts: EndFacts): RowMatch | undefined {
  const limit = memoryLimitOf(facts.pod, facts.mainName);
  return facts.main?.exitCode === KILLED && limit !== undefined
    ? {
        reason: 'OutOfMemory',
        message: `container ${facts.mainName} of pod ${facts.podName} was killed (exit code ${KILLED}) under a memory limit of ${limit}: most likely it was out of memory`,
      }
    : undefined;
}

function signalled(facts: EndFacts): RowMatch | undefined {
  const { main } = facts;
  const signal = main?.signal || (main === undefined ? 0 : main.exitCode - SIGNAL_BASE);
  return main !== undefined && signal > 0 && signal <= MAX_SIGNAL
    ? {
        reason: 'Signal',
        message: `container ${facts.mainName} of pod ${facts.podName} was ended by signal ${signal} (exit code ${main.exitCode})${detail(main)}`,
      }
    : undefined;
}

function exitCode(facts: EndFacts): RowMatch | undefined {
  return facts.main === undefined
    ? undefined
    : {
        reason: 'ExitCode',
        message: `container ${facts.mainName} of pod ${facts.podName} failed with exit code ${facts.main.exitCode}${detail(facts.main)}`,
      };
}

function refusedByNode(facts: EndFacts): RowMatch | undefined {
  const { reason = '', message = '' } = facts.pod.status ?? {};
  return reason.startsWith('OutOf') || REFUSED_BY_NODE.has(reason)
    ? {
        reason: 'Unschedulable',
        message: `node ${nodeOf(facts)} refused pod ${facts.podName}: ${reason}: ${message}`,
      }
    : undefined;
}

function outOfMemory(facts: EndFacts, container: string): RowMatch {
  const limit = memoryLimitOf(facts.pod, container);
  const of =
    limit === undefined
      ? 'it has no memory limit of its own: its node had none left'
      : `its memory limit is ${limit}`;
  return {
    reason: 'OutOfMemory',
    message: `container ${container} of pod ${facts.podName} was out of memory; ${of}`,
  };
}

/** The runtime lost sight of the container: 137 is then what the kubelet writes for want of a code. */
function isEndUnseen(end: ContainerStateTerminated): boolean {
  return end.reason === 'ContainerStatusUnknown';
}

function hasDisruption(facts: EndFacts): boolean {
  return (
    facts.pod.status?.conditions?.some((one) => one.type === 'DisruptionTarget' && one.status === 'True') ??
    false
  );
}

function nodeOf(facts: EndFacts): string {
  return facts.pod.spec?.nodeName ?? 'unknown';
}

function quoted(end: ContainerStateTerminated): string {
  return (end.message ?? '').trim().slice(0, QUOTED);
}

function detail(end: ContainerStateTerminated): string {
  const text = quoted(end);
  return text === '' ? '' : `: ${text}`;
}
