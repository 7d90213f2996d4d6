import type { ContainerStateTerminated } from 'kubernetes-types/core/v1.d.ts';
import type { PodEvent } from '../../decide/decision.ts';
import { type EndFacts, memoryLimitOf, type RowMatch } from '../podEnd.ts';

/** Most of a text that is quoted: it is the container's or a component's own and may be long. */
const QUOTED = 300;

/** Exit codes above this are 128 + the number of a signal. */
const SIGNAL_BASE = 128;

/** Exit code of a container that SIGKILL ended: 128 + 9. */
const KILLED = 137;

/** The highest signal of Linux. */
const MAX_SIGNAL = 64;

/** Name of the pod's node, for a sentence. */
export function nodeOf(facts: EndFacts): string {
  return facts.pod.spec?.nodeName ?? 'unknown';
}

/** The container's own last words, cut. */
export function quoted(end: ContainerStateTerminated): string {
  return (end.message ?? '').trim().slice(0, QUOTED);
}

/** The container's own last words as the end of a sentence; '' when it left none. */
export function detail(end: ContainerStateTerminated): string {
  const text = quoted(end);
  return text === '' ? '' : `: ${text}`;
}

/** The signal that ended a container; undefined when none did. */
export function signalOf(end: ContainerStateTerminated): number | undefined {
  const signal = end.signal || end.exitCode - SIGNAL_BASE;
  return signal > 0 && signal <= MAX_SIGNAL ? signal : undefined;
}

/** What is said of a container that the kernel killed for its memory. */
export function outOfMemory(facts: EndFacts, container: string, end: ContainerStateTerminated): RowMatch {
  const limit = memoryLimitOf(facts.pod, container);
  const of =
    limit === undefined
      ? 'it has no memory limit of its own: its pod or its node had none left'
      : `its memory limit is ${limit}`;
  const afterwards =
    end.exitCode === KILLED
      ? ''
      : ` (one of its processes was killed, and it ended with exit code ${end.exitCode})`;
  return {
    reason: 'OutOfMemory',
    message: `container ${container} of pod ${facts.podName} was out of memory${afterwards}; ${of}`,
  };
}

/** What is said of a container that was killed under a memory limit and of which nobody says that it was its memory. */
export function likelyOutOfMemory(
  facts: EndFacts,
  container: string,
  end: ContainerStateTerminated,
): RowMatch | undefined {
  const limit = memoryLimitOf(facts.pod, container);
  return end.exitCode === KILLED && limit !== undefined && stoppedByNode(facts, container) === ''
    ? {
        reason: 'OutOfMemory',
        message: `container ${container} of pod ${facts.podName} was killed (exit code ${end.exitCode}) under a memory limit of ${limit}: most likely it was out of memory`,
      }
    : undefined;
}

/** Components whose Events tell what became of a pod, never who wanted it gone. */
const BYSTANDERS = /^(kubelet|default-scheduler|endwell.*|)$/;

/** Words of whoever takes a pod away: autoscalers, deschedulers, the taint controller. */
const TAKES_AWAY = /evict|delet|drain|scal|preempt|disrupt|not ready/i;

/** Who took the pod away, in that component's own words, as the end of a sentence; '' where none said so. */
export function takenAwayBy(facts: EndFacts): string {
  const event = facts.events.findLast(
    ({ source, reason, message }) =>
      !BYSTANDERS.test(source) &&
      TAKES_AWAY.test(`${reason} ${message}`) &&
      !message.startsWith('Cancelling deletion'),
  );
  return event === undefined ? '' : `; ${event.source} said: ${said(event)}`;
}

/** The scheduler's words on the pod that took this one's place, as the end of a sentence; '' where it said none. */
export function preemptedBy(facts: EndFacts): string {
  const event = facts.events.findLast(({ reason }) => reason === 'Preempted');
  return event === undefined ? '' : `; ${event.source || 'the scheduler'} said: ${said(event)}`;
}

/** Why the node itself stopped a container, as the end of a sentence; '' where it did not say that it did. */
export function stoppedByNode(facts: EndFacts, container: string): string {
  const stop = ofContainer(facts, container, 'Killing').at(-1);
  if (stop === undefined) {
    return '';
  }
  const cause = ofContainer(facts, container, 'Unhealthy', 'FailedPostStartHook').at(-1);
  return `; its node said: ${[stop, ...(cause === undefined ? [] : [cause])].map(said).join('; ')}`;
}

/** The preStop hook that failed, of main before any other; undefined where none did. */
export function failedPreStopHook(facts: EndFacts): PodEvent | undefined {
  const failed = facts.events.filter(({ reason }) => reason === 'FailedPreStopHook');
  return failed.find(({ container }) => container === facts.mainName) ?? failed[0];
}

/** That a preStop hook failed on the way, as the end of a sentence; '' where none did. */
export function hookNote(facts: EndFacts): string {
  const hook = failedPreStopHook(facts);
  return hook === undefined ? '' : `; the preStop hook of container ${hook.container ?? '?'} failed`;
}

function ofContainer(facts: EndFacts, container: string, ...reasons: readonly string[]): PodEvent[] {
  return facts.events.filter(
    (event) =>
      reasons.includes(event.reason) && (event.container === undefined || event.container === container),
  );
}

function said(event: PodEvent): string {
  return `${event.message.trim().slice(0, QUOTED)} (${event.reason})`;
}
