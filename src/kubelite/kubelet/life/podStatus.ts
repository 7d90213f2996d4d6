import type {
  Container,
  ContainerState,
  ContainerStatus,
  PodCondition,
  PodStatus,
} from 'kubernetes-types/core/v1.d.ts';
import { allContainers, isSidecar, type Pod } from '../pod.ts';
import {
  type Attempt,
  type EndedAttempt,
  UNKNOWN_EXIT_CODE,
  UNKNOWN_MESSAGE,
  UNKNOWN_REASON,
} from './attempt.ts';
import { podConditions } from './conditions.ts';
import { phaseOfMains } from './planPod.ts';
import { qosClass } from './qosClass.ts';

/** What a worker knows of one container besides its attempts. */
export interface ContainerFacts {
  readonly waiting: { readonly reason: string; readonly message: string | undefined } | undefined;
  readonly imageID: string;
  /** Startup probe passed. */
  readonly started: boolean;
  /** Readiness probe passed. */
  readonly ready: boolean;
}

/** What a worker knows of its pod. */
export interface PodFacts {
  readonly pod: Pod;
  attempts(container: string): readonly Attempt[];
  container(name: string): ContainerFacts;
  readonly mounted: boolean;
  /** ms since the epoch at which the kubelet first saw the pod. */
  readonly startTime: number;
  /** `ending`: containers are being stopped for good; `ended`: none of them runs any more. */
  readonly stage: 'living' | 'ending' | 'ended';
  /** Why the pod was ended, where it was the kubelet's decision. */
  readonly cause: { readonly reason: string; readonly message: string } | undefined;
}

/** All addresses of a pod on this machine. */
const LOCAL_ADDRESS = '127.0.0.1';

/** The status that Kubernetes' kubelet would show for these facts, laid over `old`. `now` is ms since the epoch. */
export function podStatus(facts: PodFacts, old: PodStatus, now: number): PodStatus {
  const init = (facts.pod.spec.initContainers ?? []).map((container) => containerStatus(facts, container));
  const main = facts.pod.spec.containers.map((container) => containerStatus(facts, container));
  const phase = phaseOf(facts);
  const cause = phase === 'Failed' ? facts.cause : undefined;
  const prepared = facts.mounted && facts.stage !== 'ended';
  const before = [...(old.conditions ?? []), ...disruption(facts, old, now)];
  const conditions = podConditions({ pod: facts.pod, phase, init, main, prepared }, before, rfc3339(now));
  const { reason: _reason, message: _message, initContainerStatuses: _init, ...kept } = old;
  return {
    ...kept,
    phase,
    conditions,
    ...cause,
    hostIP: LOCAL_ADDRESS,
    hostIPs: [{ ip: LOCAL_ADDRESS }],
    podIP: LOCAL_ADDRESS,
    podIPs: [{ ip: LOCAL_ADDRESS }],
    startTime: old.startTime ?? rfc3339(facts.startTime),
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
    containerStatuses: main,
    qosClass: old.qosClass ?? qosClass(facts.pod.spec),
  };
}

/** A pod that its node puts out says so before it ends. */
function disruption(facts: PodFacts, old: PodStatus, now: number): PodCondition[] {
  const told = (old.conditions ?? []).some(({ type }) => type === 'DisruptionTarget');
  if (facts.cause?.reason !== 'Evicted' || told) return [];
  const { message } = facts.cause;
  const at = rfc3339(now);
  return [
    {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'TerminationByKubelet',
      message,
      lastTransitionTime: at,
    },
  ];
}

/** Terminal only when nothing runs any more, as Kubernetes holds it back. */
function phaseOf(facts: PodFacts): string {
  if (facts.stage === 'ended') return facts.cause ? 'Failed' : phaseOfMains(facts);
  const begun = facts.pod.spec.containers.map((container) => facts.attempts(container.name).at(-1));
  if (begun.every((attempt) => attempt === undefined)) return 'Pending';
  return begun.some((attempt) => attempt === undefined) && facts.stage === 'living' ? 'Pending' : 'Running';
}

function containerStatus(facts: PodFacts, container: Container): ContainerStatus {
  const attempts = facts.attempts(container.name);
  const known = facts.container(container.name);
  const { shown, before } = stateOf(facts, container, attempts, known);
  const latest = attempts.at(-1);
  const running = shown.running !== undefined;
  const counts = isMain(facts.pod, container) || isSidecar(container);
  const initDone = !counts && shown.terminated?.exitCode === 0;
  return {
    name: container.name,
    state: shown,
    lastState: before ? { terminated: terminated(before) } : {},
    ready: counts ? running && known.ready : initDone,
    started: running && counts && known.started,
    restartCount: latest?.number ?? 0,
    image: container.image ?? '',
    imageID: known.imageID,
    ...(latest ? { containerID: latest.id } : {}),
  };
}

function stateOf(
  facts: PodFacts,
  container: Container,
  attempts: readonly Attempt[],
  known: ContainerFacts,
): { shown: ContainerState; before: EndedAttempt | undefined } {
  const latest = attempts.at(-1);
  const earlier = attempts.at(-2);
  const before = earlier?.kind === 'ended' ? earlier : undefined;
  if (latest?.kind === 'running') {
    return { shown: { running: { startedAt: rfc3339(latest.startedAt) } }, before };
  }
  const waiting = facts.stage === 'living' ? known.waiting : undefined;
  if (latest && !waiting) return { shown: { terminated: terminated(latest) }, before };
  if (latest && waiting) return { shown: { waiting: reasonAndMessage(waiting) }, before: latest };
  if (facts.stage === 'ended' && isLost(facts, container)) return { shown: LOST, before: undefined };
  return {
    shown: { waiting: reasonAndMessage(known.waiting ?? defaultWaiting(facts.pod)) },
    before: undefined,
  };
}

/** What Kubernetes reports of a container of an ended pod that should have run and of which there is no trace. */
const LOST = {
  terminated: {
    reason: UNKNOWN_REASON,
    message: UNKNOWN_MESSAGE,
    exitCode: UNKNOWN_EXIT_CODE,
    startedAt: null,
    finishedAt: null,
  },
} as unknown as ContainerState;

/** In an initialised pod every main container counts as lost; of the init containers only those before one that ran. */
function isLost(facts: PodFacts, container: Container): boolean {
  const order = allContainers(facts.pod);
  const own = order.findIndex((one) => one.name === container.name);
  const later = order.slice(own + 1).some((one) => facts.attempts(one.name).length > 0);
  if (!isMain(facts.pod, container)) return later;
  const noInit = (facts.pod.spec.initContainers ?? []).length === 0;
  return noInit || facts.pod.spec.containers.some((one) => facts.attempts(one.name).length > 0);
}

function defaultWaiting(pod: Pod): { reason: string; message: undefined } {
  const hasInit = (pod.spec.initContainers ?? []).length > 0;
  return { reason: hasInit ? 'PodInitializing' : 'ContainerCreating', message: undefined };
}

function reasonAndMessage(waiting: { reason: string; message: string | undefined }): {
  reason: string;
  message?: string;
} {
  return waiting.message === undefined
    ? { reason: waiting.reason }
    : { reason: waiting.reason, message: waiting.message };
}

function terminated(attempt: EndedAttempt): NonNullable<ContainerState['terminated']> {
  return {
    exitCode: attempt.exitCode,
    reason: attempt.reason,
    ...(attempt.message === undefined ? {} : { message: attempt.message }),
    startedAt: rfc3339(attempt.startedAt),
    finishedAt: rfc3339(attempt.finishedAt),
    containerID: attempt.id,
  };
}

function isMain(pod: Pod, container: Container): boolean {
  return pod.spec.containers.some((one) => one.name === container.name);
}

/** Kubernetes' Time: RFC 3339 with whole seconds. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
