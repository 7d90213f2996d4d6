import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { awaitEnds } from '../../actions/pipeline/endJobs.ts';
import type { PipelineJob } from '../../actions/pipeline/kinds.ts';
import type { JobScope } from '../../actions/pipeline/pipelineJobs.ts';
import { readFresh } from '../../actions/readFresh.ts';
import { refOf, targetOf } from '../../actions/target.ts';
import { OMJOB_LABEL } from '../../core/naming/omJobNames.ts';
import { hasEnded, hasMainStarted, mainContainerName, mainTerminated } from '../../core/pod/podFacts.ts';
import { isTransient, NotFoundError } from '../../kube/errors.ts';
import { pods as podResource } from '../../kube/resources.ts';
import { createInformer, type Informer } from '../../kube/watch/informer.ts';
import { sleep } from '../../ports/clock.ts';
import type { Api } from '../http/api.ts';
import { readLog } from '../logs/readLog.ts';

/** A run that has not ended, and where its pods are. */
export interface FollowedRun {
  readonly job: PipelineJob;
  readonly scope: JobScope;
  /** Label selector of the run's pods. */
  readonly podSelector: string;
}

/** How long one wait for the end lasts before it begins again, ms: timers have a longest time. */
const WAIT_MS = 3_600_000;
/** Before a log is opened again that ended while its container did not, ms. */
const PAUSE_MS = 500;

/** The log of main as it is written, attempt after attempt; ends when the run has ended, its exit handler included. */
export async function* followLog(
  api: Api,
  run: FollowedRun,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { client, clock, random } = api;
  const { namespace } = run.scope;
  const scope = { namespace, labelSelector: run.podSelector };
  const onError = (error: Error) =>
    api.log.warn('watching pods for a log failed; it goes on by itself', { err: error });
  const informer = createInformer({ client, resource: podResource, scope, clock, random, onError });
  const leaving = new AbortController();
  const until = AbortSignal.any([signal, leaving.signal]);
  const end = watchEnd(api, run, until);
  const followed = new Set<string | undefined>();
  try {
    informer.start();
    while (!end.isThere()) {
      const pod = nextOf(informer.store.list(), followed);
      if (pod === undefined) await news(informer, end, until);
      else yield* mainLog(api, pod, followed, signal);
    }
    // What came last may not have been seen yet.
    const { items } = await client.list(podResource, { ...scope, signal });
    for (let pod = nextOf(items, followed); pod !== undefined; pod = nextOf(items, followed))
      yield* mainLog(api, pod, followed, signal);
  } finally {
    leaving.abort();
    await informer.stop();
  }
}

/** The end of a run, once it is there. */
interface RunEnd {
  isThere(): boolean;
  readonly come: Promise<void>;
}

function watchEnd({ client, clock, random }: Api, { job, scope }: FollowedRun, signal: AbortSignal): RunEnd {
  let isThere = false;
  const wait = { client, clock, random, scope, waitMs: WAIT_MS, signal };
  const look = async () => {
    for (let left = [job]; left.length > 0 && !signal.aborted; ) left = await awaitEnds(wait, left);
    isThere = true;
  };
  return { isThere: () => isThere, come: look() };
}

/** The oldest main pod that has begun and is not followed yet. */
function nextOf(pods: readonly Pod[], followed: ReadonlySet<string | undefined>): Pod | undefined {
  const begun = pods.filter((pod) => isMain(pod) && hasMainStarted(pod) && !followed.has(pod.metadata?.uid));
  return begun.toSorted((one, other) => createdAt(one) - createdAt(other))[0];
}

/** A pod of a Job has no such mark, and is main. */
function isMain({ metadata }: Pod): boolean {
  return (metadata?.labels?.[OMJOB_LABEL.podType] ?? 'main') === 'main';
}

function createdAt({ metadata }: Pod): number {
  return Date.parse(metadata?.creationTimestamp ?? '') || 0;
}

/** Resolves when a pod has changed or the run has ended. Ends with the signal's reason. */
async function news(informer: Informer<Pod>, end: RunEnd, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let leave = () => {};
  const changed = new Promise<void>((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    // What is there already was looked at.
    let isTold = false;
    const unlisten = informer.onChange(() => {
      if (isTold) resolve();
    });
    isTold = true;
    leave = () => {
      unlisten();
      signal.removeEventListener('abort', onAbort);
    };
  });
  await Promise.race([changed, end.come]).finally(leave);
}

/** All that main of one pod writes; a connection that breaks is taken up behind the last byte. */
async function* mainLog(
  { client, clock }: Api,
  pod: Pod,
  followed: Set<string | undefined>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  followed.add(pod.metadata?.uid);
  const target = targetOf(pod);
  const container = mainContainerName(pod.spec) ?? pod.spec?.containers[0]?.name ?? '';
  const part = { container, limitBytes: undefined, tailLines: undefined, sinceSeconds: undefined };
  let after = 0;
  for (;;) {
    let isWhole = true;
    try {
      for await (const chunk of readLog(client, refOf(target), { ...part, after, follow: true }, signal)) {
        after += chunk.length;
        yield chunk;
      }
    } catch (error) {
      if (error instanceof NotFoundError) return;
      if (!isTransient(error) || signal.aborted) throw error;
      isWhole = false;
    }
    const now = await readFresh(client, podResource, target, { signal });
    const isOver = now === undefined || mainTerminated(now) !== undefined || hasEnded(now);
    if (now === undefined || (isWhole && isOver)) return;
    await sleep(clock, PAUSE_MS, signal);
  }
}
