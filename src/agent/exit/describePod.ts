import type { ContainerState, ContainerStatus, Pod } from 'kubernetes-types/core/v1.d.ts';
import type { PodEvent } from '../../core/decide/decision.ts';
import { nameOf } from '../../core/pod/podFacts.ts';
import type { MainFacts } from './reportTask.ts';

/** The last ones say how it ended. */
const MAX_EVENTS = 10;

/** What Endwell itself has written down of the end; nothing where it was not Endwell that ran the pod. */
export function describeFacts({ outcome, reason, exitCode }: MainFacts): string[] {
  if (outcome === undefined) return [];
  const code = exitCode === undefined ? '' : `, exit code ${exitCode}`;
  return [`Endwell: ${outcome}${reason === undefined ? '' : `, reason ${reason}`}${code}`];
}

/** A pod for people: where it ran, its conditions, and how each of its containers ended. */
export function describePod(pod: Pod): string[] {
  const { phase, reason, message, conditions = [], initContainerStatuses = [] } = pod.status ?? {};
  const containers = [...initContainerStatuses, ...(pod.status?.containerStatuses ?? [])];
  return [
    `Pod: ${nameOf(pod)}, namespace ${pod.metadata?.namespace ?? ''}, node ${pod.spec?.nodeName ?? 'none'}`,
    `Phase: ${phase ?? 'unknown'}${because(reason, message)}`,
    ...(conditions.length === 0 ? [] : ['Conditions:']),
    ...conditions.map((one) => `  ${one.type}=${one.status}${because(one.reason, one.message)}`),
    containers.length === 0 ? 'Containers: none has a status' : 'Containers:',
    ...containers.map(describeContainer),
  ];
}

/** What the cluster's components said, oldest first; the last ten. */
export function describeEvents(events: readonly PodEvent[]): string[] {
  if (events.length === 0) return ['Events: none'];
  return [
    'Events:',
    ...events.slice(-MAX_EVENTS).map(({ at, type, reason, message, source, count }) => {
      const times = count > 1 ? `, ${count} times` : '';
      return `  ${new Date(at).toISOString()} ${type} ${reason} (${source}${times}): ${message}`;
    }),
  ];
}

function describeContainer({ name, state, lastState, restartCount }: ContainerStatus): string {
  const before = lastState?.terminated === undefined ? '' : `; before: ${describeState(lastState)}`;
  return `  ${name}: ${describeState(state)}${restartCount > 0 ? `, ${restartCount} restarts` : ''}${before}`;
}

function describeState(state: ContainerState | undefined): string {
  const { waiting, running, terminated } = state ?? {};
  if (terminated !== undefined) {
    const { exitCode, signal, reason, message, startedAt, finishedAt } = terminated;
    const killed = signal === undefined || signal === 0 ? '' : `, signal ${signal}`;
    const times = `, from ${startedAt ?? 'unknown'} to ${finishedAt ?? 'unknown'}`;
    return `terminated, exit code ${exitCode}${killed}${because(reason, message)}${times}`;
  }
  if (running !== undefined) return `running since ${running.startedAt ?? 'unknown'}`;
  return waiting === undefined ? 'unknown' : `waiting${because(waiting.reason, waiting.message)}`;
}

function because(reason: string | undefined, message: string | undefined): string {
  return `${reason ? `, ${reason}` : ''}${message ? `: ${message.trim()}` : ''}`;
}
