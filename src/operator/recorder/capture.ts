import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1.d.ts';
import { readPodEvents } from '../../actions/readPodEvents.ts';
import type { EffectOptions } from '../../actions/target.ts';
import type { PodEvent } from '../../core/decide/decision.ts';
import { LABEL } from '../../core/naming/naming.ts';
import { nameOf, uidOf } from '../../core/pod/podFacts.ts';
import { AbortedError, isTransient, KubeError } from '../../kube/errors.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ContainerLog, LogKey, LogStore, PodEvidence } from '../../store/types.ts';
import { trimPod } from '../trimObjects.ts';
import type { FollowedLog } from './followLog.ts';
import { LogTail } from './logTail.ts';
import { openLog, readTail } from './readTail.ts';

/** What capturing needs. */
export interface CaptureParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logStore: LogStore | undefined;
}

/** What is captured of one pod. */
export interface CaptureWish {
  readonly pod: Pod;
  /** The pod is gone: its object is the last one that was seen. */
  readonly gone: boolean;
  /** Nothing more will come. */
  readonly final: boolean;
  /** Copy whole logs to the log store. */
  readonly whole: boolean;
  /** False: it is tried again soon, so that what can't be read now may throw. */
  readonly lastTry: boolean;
  /** Logs that were followed, by container. */
  readonly followed: ReadonlyMap<string, FollowedLog>;
}

/**
 * What is to be known of a pod that ends or is about to be deleted: its object, the Events about it, and of every container
 * the end of its log or why there is none. Throws when something could be read a moment later, unless it is the last try.
 */
export async function capture(
  parts: CaptureParts,
  wish: CaptureWish,
  options: EffectOptions,
): Promise<PodEvidence> {
  const { pod, final } = wish;
  const { namespace = '', labels = {} } = pod.metadata ?? {};
  const logs: ContainerLog[] = [];
  for (const container of containersOf(pod)) logs.push(...(await logsOf(parts, wish, container, options)));
  return {
    runUID: labels[LABEL.runUid] ?? '',
    namespace,
    podUID: uidOf(pod),
    podName: nameOf(pod),
    stage: labels[LABEL.stage] === 'exit' ? 'exit' : 'main',
    attempt: Number(labels[LABEL.attempt] ?? 1),
    at: parts.client.serverNow(),
    final,
    object: { pod: trimPod(pod), events: await eventsOf(parts, wish, options) },
    logs,
  };
}

/** Names one log in the log store. */
export function logKeyOf(pod: Pod, container: string, previous: boolean): LogKey {
  const { namespace = '', labels = {} } = pod.metadata ?? {};
  return { namespace, runUID: labels[LABEL.runUid] ?? '', podUID: uidOf(pod), container, previous };
}

/** Names of all containers, init containers first, as they run. */
export function containersOf(pod: Pod): string[] {
  return [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].map(({ name }) => name);
}

/** What the kubelet says of a container. */
export function containerStatusOf(pod: Pod, name: string): ContainerStatus | undefined {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  return [...initContainerStatuses, ...containerStatuses].find((status) => status.name === name);
}

/** Where Events can't be read, the evidence says so in their place. */
async function eventsOf(
  { client }: CaptureParts,
  { pod, lastTry }: CaptureWish,
  options: EffectOptions,
): Promise<readonly PodEvent[] | string> {
  try {
    return await readPodEvents(
      client,
      { namespace: pod.metadata?.namespace ?? '', uid: uidOf(pod) },
      options,
    );
  } catch (error) {
    if (!isFinalAnswer(error, lastTry) || options.signal?.aborted) throw error;
    return `not read: ${(error as Error).message}`;
  }
}

async function logsOf(
  parts: CaptureParts,
  wish: CaptureWish,
  container: string,
  options: EffectOptions,
): Promise<ContainerLog[]> {
  const status = containerStatusOf(wish.pod, container);
  const hadEarlier = (status?.restartCount ?? 0) > 0 || status?.lastState?.terminated !== undefined;
  const current = await logOf(parts, wish, container, false, options);
  return hadEarlier ? [await logOf(parts, wish, container, true, options), current] : [current];
}

async function logOf(
  parts: CaptureParts,
  wish: CaptureWish,
  container: string,
  previous: boolean,
  options: EffectOptions,
): Promise<ContainerLog> {
  const log = { container, previous };
  const followed = previous ? undefined : wish.followed.get(container);
  if (followed?.state === 'whole') {
    return {
      ...log,
      tail: followed.tail.bytes(),
      size: undefined,
      missing: undefined,
      whole: followed.hasCopy(),
    };
  }
  const status = containerStatusOf(wish.pod, container);
  if (!wish.gone && !previous && !hasStarted(status)) return missing(log, 'the container never started');
  try {
    if (wish.gone) throw new Error('its pod was gone before its log could be read');
    return await readLog(parts, wish, log, options);
  } catch (error) {
    if (options.signal?.aborted || (!wish.gone && !isFinalAnswer(error, wish.lastTry))) throw error;
    const tail = followed?.tail.bytes() ?? new Uint8Array();
    const why = (error as Error).message;
    return tail.length > 0 ? { ...missing(log, undefined), tail } : missing(log, why);
  }
}

async function readLog(
  { client, clock, logStore }: CaptureParts,
  { pod, whole, final }: CaptureWish,
  log: { readonly container: string; readonly previous: boolean },
  options: EffectOptions,
): Promise<ContainerLog> {
  const source = { namespace: pod.metadata?.namespace ?? '', pod: nameOf(pod), ...log };
  if (!whole || !final || logStore === undefined) {
    return { ...log, ...(await readTail(client, source, clock, options)), missing: undefined, whole: false };
  }
  const tail = new LogTail();
  const bytes = await openLog(client, source, options.signal ? { signal: options.signal } : {});
  const size = await logStore.put(logKeyOf(pod, log.container, log.previous), passing(bytes, tail));
  return { ...log, tail: tail.bytes(), size, missing: undefined, whole: true };
}

async function* passing(bytes: AsyncIterable<Uint8Array>, tail: LogTail): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    tail.push(chunk);
    yield chunk;
  }
}

function missing(
  log: { readonly container: string; readonly previous: boolean },
  why: string | undefined,
): ContainerLog {
  return { ...log, tail: new Uint8Array(), size: undefined, missing: why, whole: false };
}

function hasStarted(status: ContainerStatus | undefined): boolean {
  const { running, terminated } = status?.state ?? {};
  return running !== undefined || terminated !== undefined || (status?.restartCount ?? 0) > 0;
}

/** Whether asking again would bring nothing else: the cluster says that there is none, or it was asked often enough. */
function isFinalAnswer(error: unknown, lastTry: boolean): boolean {
  if (!(error instanceof KubeError)) return false;
  // Ended by our own time limit: the kubelet was too slow this time.
  return lastTry || !(isTransient(error) || error instanceof AbortedError);
}
