import type { ContainerStateTerminated } from 'kubernetes-types/core/v1.d.ts';
import {
  type EndFacts,
  type EndRow,
  failedInits,
  failedSidecars,
  isEndUnseen,
  type RowMatch,
} from '../podEnd.ts';
import { detail, likelyOutOfMemory, nodeOf, outOfMemory, quoted, signalOf, stoppedByNode } from './words.ts';

/** Termination reasons of a container that the runtime could not start. */
const CANNOT_RUN: ReadonlySet<string> = new Set(['StartError', 'ContainerCannotRun', 'RunContainerError']);

/** `status.reason` of a pod that the kubelet refused to take; besides those that begin with OutOf. */
const REFUSED_BY_NODE: ReadonlySet<string> = new Set([
  'UnexpectedAdmissionError',
  'NodeAffinity',
  'NodePorts',
  'AppArmor',
  'SysctlForbidden',
  'TopologyAffinityError',
  'PodOSNotSupported',
  'PodOSSelectorNodeLabelDoesNotMatch',
]);

/** The pod was left to itself, and its containers came to an end, or it was never let in. */
export const ENDS_OF_CONTAINERS: readonly EndRow[] = [
  { row: 'main completed', match: mainCompleted },
  { row: 'end not seen', match: endNotSeen, eventsTell: true },
  { row: 'main out of memory', match: mainOutOfMemory },
  { row: 'main could not run', match: mainCouldNotRun },
  { row: 'init out of memory', match: initOutOfMemory },
  { row: 'init failed', match: initFailed },
  { row: 'sidecar out of memory', match: sidecarOutOfMemory },
  { row: 'sidecar failed', match: sidecarFailed },
  { row: 'main killed at its memory limit', match: mainKilledAtLimit, eventsTell: true },
  { row: 'signal', match: signalled, eventsTell: true },
  { row: 'exit code', match: exitCode },
  { row: 'refused by its node', match: refusedByNode },
];

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
  return facts.main?.reason === 'OOMKilled' ? outOfMemory(facts, facts.mainName, facts.main) : undefined;
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
  for (const { name, end } of failedInits(facts.pod)) {
    const match =
      end.reason === 'OOMKilled' ? outOfMemory(facts, name, end) : likelyOutOfMemory(facts, name, end);
    if (match !== undefined) return match;
  }
  return undefined;
}

function initFailed(facts: EndFacts): RowMatch | undefined {
  const [init] = failedInits(facts.pod);
  return init === undefined
    ? undefined
    : {
        reason: 'InitFailed',
        message: `init container ${init.name} of pod ${facts.podName} ${howItFailed(init.end)}`,
      };
}

function howItFailed(end: ContainerStateTerminated): string {
  return end.reason !== undefined && CANNOT_RUN.has(end.reason)
    ? `could not be started${detail(end)}`
    : `failed with exit code ${end.exitCode}${detail(end)}`;
}

function sidecarOutOfMemory(facts: EndFacts): RowMatch | undefined {
  for (const { name, end } of failedSidecars(facts)) {
    const match =
      end.reason === 'OOMKilled' ? outOfMemory(facts, name, end) : likelyOutOfMemory(facts, name, end);
    if (match !== undefined) return match;
  }
  return undefined;
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
    message: `container ${sidecar.name} of pod ${facts.podName} ${howItFailed(sidecar.end)}; ${facts.mainName} ${main}`,
  };
}

/** An out-of-memory kill can hide behind the plain exit code: the kernel killed, the runtime did not see why. */
function mainKilledAtLimit(facts: EndFacts): RowMatch | undefined {
  return facts.main === undefined ? undefined : likelyOutOfMemory(facts, facts.mainName, facts.main);
}

function signalled(facts: EndFacts): RowMatch | undefined {
  const { main } = facts;
  const signal = main === undefined ? undefined : signalOf(main);
  return main !== undefined && signal !== undefined
    ? {
        reason: 'Signal',
        message: `container ${facts.mainName} of pod ${facts.podName} was ended by signal ${signal} (exit code ${main.exitCode})${detail(main)}${stoppedByNode(facts, facts.mainName)}`,
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
