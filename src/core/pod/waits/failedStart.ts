import type { Pod, Volume } from 'kubernetes-types/core/v1.d.ts';
import type { PodEvent } from '../../decide/decision.ts';
import type { PendingDiagnosis } from '../diagnosePending.ts';
import type { Beside } from '../podEnd.ts';
import { hasAnyStarted, nameOf } from '../podFacts.ts';
import { bareWords } from './bareWords.ts';

/** The pod came further than whatever failed before. */
const PROGRESS: ReadonlySet<string> = new Set(['Pulling', 'Pulled', 'Created', 'Started']);

/** A volume that needs an object which is not there, or a key of one. */
const MISSING_OBJECT = /(configmap|secret) "[^"]+" not found|references non-existent (config|secret) key/i;

interface StartFailure {
  readonly reasons: readonly string[];
  readonly when?: RegExp;
  readonly says: (pod: Pod, event: PodEvent) => Omit<PendingDiagnosis, 'canHeal'>;
}

/** Failures of which only Events tell, in the order in which they count: one that stays is named, not the one told last. */
const START_FAILURES: readonly StartFailure[] = [
  { reasons: ['FailedMount'], when: MISSING_OBJECT, says: missingObject },
  { reasons: ['FailedAttachVolume'], says: volumeTrouble },
  { reasons: ['FailedMount', 'FailedMapVolume'], says: volumeTrouble },
  { reasons: ['FailedCreatePodSandBox', 'NetworkNotReady', 'FailedPodSandBoxStatus'], says: noSandbox },
  { reasons: ['FailedScheduling'], says: noNode },
];

/** What failed on the way to the first container, by the Events about the pod; what has come right since is no cause. */
export function failedStart(pod: Pod, { events = [] }: Beside): PendingDiagnosis | undefined {
  if (hasAnyStarted(pod)) {
    return undefined;
  }
  const progressAt = Math.max(...events.filter(({ reason }) => PROGRESS.has(reason)).map(({ at }) => at));
  const open = events.filter(({ at }) => !(at <= progressAt));
  for (const { reasons, when, says } of START_FAILURES) {
    const event = open.findLast(
      ({ reason, message }) => reasons.includes(reason) && (when?.test(message) ?? true),
    );
    if (event !== undefined && !isMended(event, open)) {
      return { ...says(pod, event), canHeal: true };
    }
  }
  return undefined;
}

/** Attaching, and finding a node, have an Event of their own that says that they came right. */
function isMended(failure: PodEvent, open: readonly PodEvent[]): boolean {
  const success = { FailedAttachVolume: 'SuccessfulAttachVolume', FailedScheduling: 'Scheduled' }[
    failure.reason
  ];
  return open.some(({ reason, at }) => reason === success && at >= failure.at);
}

function missingObject(pod: Pod, event: PodEvent) {
  const volume = volumeOf(pod, event);
  const words = bareWords(event.message);
  const named = /key/.test(words) && volume !== undefined ? ` (${objectOf(volume)})` : '';
  return {
    reason: 'ConfigError',
    message: `pod ${nameOf(pod)} waits: its volume ${volumeName(event)} can not be filled: ${words}${named}`,
  } as const;
}

function volumeTrouble(pod: Pod, event: PodEvent) {
  return {
    reason: 'VolumeError',
    message: `pod ${nameOf(pod)} waits: its volume ${volumeName(event)} can not be mounted: ${bareWords(event.message)} (${event.reason})`,
  } as const;
}

function noSandbox(pod: Pod, event: PodEvent) {
  return {
    reason: 'SandboxFailed',
    message: `node ${pod.spec?.nodeName ?? '?'} can not set up pod ${nameOf(pod)}: ${bareWords(event.message)} (${event.reason})`,
  } as const;
}

function noNode(pod: Pod, event: PodEvent) {
  return { reason: 'Unschedulable', message: `pod ${nameOf(pod)} has no node: ${event.message}` } as const;
}

function volumeName(event: PodEvent): string {
  return (
    /for volume "([^"]+)"/.exec(event.message)?.[1] ??
    /unmounted volumes=\[([^\]]+)\]/.exec(event.message)?.[1] ??
    '?'
  );
}

function volumeOf(pod: Pod, event: PodEvent): Volume | undefined {
  const name = volumeName(event);
  return pod.spec?.volumes?.find((volume) => volume.name === name);
}

/** The object that a volume is filled from, for a person. */
function objectOf({ configMap, secret }: Volume): string {
  return configMap === undefined
    ? `Secret ${secret?.secretName ?? '?'}`
    : `ConfigMap ${configMap.name ?? '?'}`;
}
