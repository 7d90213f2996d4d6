import type { ContainerStateTerminated, Pod } from 'kubernetes-types/core/v1.d.ts';
import type { NodeFacts, PodEvent } from '../decide/decision.ts';
import type { ReasonCode } from '../reasons/catalogue.ts';
import { timeOf } from '../run/conditions.ts';
import type { Outcome, Verdict } from '../run/run.ts';
import {
  deletionAskedAt,
  isTerminating,
  mainContainerName,
  mainTerminated,
  nameOf,
  podCondition,
} from './podFacts.ts';

/** How a pod of ours ended. */
export interface PodEnd {
  readonly outcome: Outcome;
  readonly reason: ReasonCode;
  /** Names actor, object and rule. */
  readonly message: string;
  /** Of the main container, where it has ended. */
  readonly exitCode?: number;
  /** The pod's Events were not given and may say more, or better: who it was, or that it was something else. */
  readonly eventsTell?: true;
}

/** What is known beside the pod: its node, what the cluster's components said about it, and how it was seen before. */
export interface Beside {
  /** undefined: nothing is known of it. */
  readonly node?: NodeFacts | undefined;
  readonly events?: readonly PodEvent[] | undefined;
  /** When its deletion was asked for as an earlier sight of it told (`askSeen`), ms since the epoch. */
  readonly askedAt?: number | undefined;
}

/** What the rows of the table look at, worked out once. */
export interface EndFacts {
  readonly pod: Pod;
  readonly podName: string;
  readonly mainName: string;
  /** How the main container ended. */
  readonly main: ContainerStateTerminated | undefined;
  /** When main ended, ms; undefined when it never did. */
  readonly mainEndedAt: number | undefined;
  /** When the deletion was asked for, ms, or the latest that this can have been; undefined: it was not. */
  readonly askedAt: number | undefined;
  /** Whether `askedAt` may be long after the deletion was asked for. */
  readonly isAskLost: boolean;
  readonly verdict: Verdict | undefined;
  readonly node: NodeFacts | undefined;
  readonly events: readonly PodEvent[];
}

/** What a row says when it matches. */
export interface RowMatch {
  readonly reason: ReasonCode;
  readonly message: string;
}

/** One row of the table: undefined when it has nothing to say. */
export interface EndRow {
  /** Names the row in tests and traces. */
  readonly row: string;
  readonly match: (facts: EndFacts) => RowMatch | undefined;
  /** The pod's Events may name who it was, or a better cause. */
  readonly eventsTell?: true;
}

/** Works out what the rows look at. */
export function endFactsOf(pod: Pod, verdict: Verdict | undefined, beside: Beside = {}): EndFacts {
  const main = mainTerminated(pod);
  const asked = deletionAskedAt(pod);
  const isMoved = isAskTimeLost(pod);
  // We ask no earlier than our verdict is passed.
  const known = beside.askedAt ?? (isMoved ? timeOf(verdict?.at) : undefined);
  return {
    pod,
    podName: nameOf(pod),
    mainName: mainContainerName(pod.spec) ?? 'main',
    main,
    mainEndedAt: timeOf(main?.finishedAt),
    askedAt: asked === undefined ? undefined : Math.min(asked, known ?? asked),
    isAskLost: isMoved && asked !== undefined && (known === undefined || known > asked),
    verdict,
    node: beside.node,
    events: beside.events ?? [],
  };
}

/**
 * Whether main was still going at a moment, or never ran. The times of a container are whole seconds: an end in the
 * same second counts as after.
 */
export function wasGoingAt(facts: EndFacts, moment: number): boolean {
  return facts.mainEndedAt === undefined || facts.mainEndedAt >= Math.floor(moment / 1000) * 1000;
}

/**
 * Whether the pod was asked to go before main had ended: then that ended it, whatever it ended with, and who asked last
 * changes nothing. When that was is taken from the first of these that tells: the pod as it was first seen to go, our
 * verdict, its kubelet's word that it stopped main; where none does, main's own exit code counts, unless it is that of
 * a container which is stopped, right before its pod went.
 */
export function wasDeletedEarly(facts: EndFacts): boolean {
  return facts.askedAt !== undefined && (wasGoingAt(facts, facts.askedAt) || wasStoppedToGo(facts));
}

/**
 * When the deletion of a pod was asked for, as one sight of it tells, ms since the epoch; undefined where nobody asked, or
 * where it was seen too late to tell.
 *
 * @param before the sight before this one, if there was any
 */
export function askSeen(pod: Pod, before: Pod | undefined): number | undefined {
  const hadEnded = before !== undefined && !isTerminating(before) && mainTerminated(before) !== undefined;
  return !isAskTimeLost(pod) || hadEnded ? deletionAskedAt(pod) : undefined;
}

/** Whether nothing tells any more if somebody had asked for the deletion before main ended: neither the pod nor its kubelet. */
export function isAskUnknown(facts: EndFacts): boolean {
  return facts.isAskLost && !facts.events.some(({ source }) => source === 'kubelet');
}

/**
 * Whether a deletion is in its last step: with its last delete, without grace, the kubelet moves deletionTimestamp to
 * that moment, so that main seems to have ended before anybody asked. (A deletion without grace from the start looks alike.)
 */
function isAskTimeLost(pod: Pod): boolean {
  return (
    isTerminating(pod) && pod.metadata?.deletionGracePeriodSeconds === 0 && mainTerminated(pod) !== undefined
  );
}

/** Between the end of the last container and the kubelet's last delete lie its two reports about the pod, seconds at most. */
const LAST_STEP_MS = 10_000;
/** SIGTERM and SIGKILL: what a kubelet stops a container with. */
const STOP_CODES: readonly number[] = [143, 137];

/** Whether main was stopped for a deletion whose time is lost, by its kubelet's word, or else as it ended. */
function wasStoppedToGo(facts: EndFacts): boolean {
  const { pod, mainName, main, mainEndedAt, events } = facts;
  // A kubelet that ends a pod for a reason of its own stops main with the same word.
  if (!facts.isAskLost || main === undefined || mainEndedAt === undefined || pod.status?.reason !== undefined)
    return false;
  const stops = events.filter(
    ({ reason, container = mainName }) => reason === 'Killing' && container === mainName,
  );
  return stops.length === 0
    ? endedAsIfStopped(facts, main, mainEndedAt)
    : stops.some(({ message, at }) => message === `Stopping container ${mainName}` && wasGoingAt(facts, at));
}

function endedAsIfStopped(
  { askedAt = Number.POSITIVE_INFINITY }: EndFacts,
  { reason, exitCode }: ContainerStateTerminated,
  endedAt: number,
): boolean {
  return reason !== 'OOMKilled' && STOP_CODES.includes(exitCode) && askedAt - endedAt <= LAST_STEP_MS;
}

/** The reason of the DisruptionTarget condition, if the disruption came before main had ended. */
export function disruptionOf(
  facts: EndFacts,
): { readonly reason: string; readonly message: string } | undefined {
  const condition = podCondition(facts.pod, 'DisruptionTarget');
  if (condition?.status !== 'True') {
    return undefined;
  }
  const at = timeOf(condition.lastTransitionTime);
  return at === undefined || wasGoingAt(facts, at)
    ? { reason: condition.reason ?? '', message: condition.message ?? '' }
    : undefined;
}

/** Whether anything, at any time, was about to take the pod away. */
export function hasDisruption(facts: EndFacts): boolean {
  return podCondition(facts.pod, 'DisruptionTarget')?.status === 'True';
}

/**
 * Nobody saw how the container ended, so its exit code is a guess. `ContainerStatusUnknown`: of the kubelet, with 137, for
 * a container that its runtime no longer has. `Unknown`: of containerd, with 255, for one that it finds dead when it
 * comes back, as after the loss of a node. A container that itself exits with 255 has the reason `Error`.
 */
export function isEndUnseen(end: ContainerStateTerminated): boolean {
  return end.reason === 'ContainerStatusUnknown' || end.reason === 'Unknown';
}

/** A container beside main and how it failed. */
export interface ContainerFailure {
  readonly name: string;
  readonly end: ContainerStateTerminated;
}

/** Init containers that failed for good: native sidecars, which restart, are not among them. */
export function failedInits(pod: Pod): ContainerFailure[] {
  const sidecars = nativeSidecars(pod);
  return (pod.status?.initContainerStatuses ?? []).flatMap(({ name, state }) => {
    const end = state?.terminated;
    return end === undefined || end.exitCode === 0 || sidecars.has(name) ? [] : [{ name, end }];
  });
}

/** Containers beside main, native sidecars or not, that failed before main ended. */
export function failedSidecars(facts: EndFacts): ContainerFailure[] {
  const natives = nativeSidecars(facts.pod);
  const statuses = [
    ...(facts.pod.status?.initContainerStatuses ?? []).filter((status) => natives.has(status.name)),
    ...(facts.pod.status?.containerStatuses ?? []).filter((status) => status.name !== facts.mainName),
  ];
  return statuses.flatMap((status) => {
    const end = [status.state?.terminated, status.lastState?.terminated].find(
      (one) => one !== undefined && one.exitCode !== 0,
    );
    return end !== undefined && endedBefore(end, facts.mainEndedAt) ? [{ name: status.name, end }] : [];
  });
}

/** Memory limit of a container, as its spec writes it. */
export function memoryLimitOf(pod: Pod, container: string): string | undefined {
  const all = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  return all.find((one) => one.name === container)?.resources?.limits?.['memory'];
}

function nativeSidecars(pod: Pod): ReadonlySet<string> {
  const natives = (pod.spec?.initContainers ?? []).filter((one) => one.restartPolicy === 'Always');
  return new Set(natives.map((one) => one.name));
}

function endedBefore(end: ContainerStateTerminated, mainEndedAt: number | undefined): boolean {
  const at = timeOf(end.finishedAt);
  return at !== undefined && (mainEndedAt === undefined || at < mainEndedAt);
}
