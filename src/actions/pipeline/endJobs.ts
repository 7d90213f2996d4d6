import { NotFoundError } from '../../kube/errors.ts';
import type { KubeClient, KubeObject, Resource } from '../../kube/types.ts';
import { createInformer, type Informer } from '../../kube/watch/informer.ts';
import { sleep } from '../../ports/clock.ts';
import { cancelRun } from '../cancelRun.ts';
import { refOf, targetOf } from '../target.ts';
import { ENGINE_KINDS, type EngineKind, jobs as jobResource, omJobs, type PipelineJob } from './kinds.ts';
import type { Waiting } from './patience.ts';
import { isLive, type JobScope } from './pipelineJobs.ts';

const RESOURCES: Readonly<Record<EngineKind, Resource<KubeObject>>> = {
  guaranteed: omJobs,
  native: jobResource,
};

/** Who wants runs to end, and why. */
export interface EndWish {
  readonly by: string;
  readonly reason: string;
}

/**
 * Asks for each run to end: its pods get SIGTERM, and its exit handler runs (of a native one the preStop hook). Does not wait
 * for that. One that is gone already is no failure; the first failure is thrown once all others were tried.
 */
export async function endJobs(
  client: KubeClient,
  ending: readonly PipelineJob[],
  wish: EndWish,
): Promise<void> {
  const results = await Promise.allSettled(ending.map((job) => endJob(client, job, wish)));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

/** An OMJob stays as the record of its end. A Job has no such wish: it is deleted. */
async function endJob(client: KubeClient, job: PipelineJob, wish: EndWish): Promise<void> {
  if (job.engine === 'native') return deleteJob(client, job);
  await cancelRun(client, { ...targetOf(job.object), kind: 'OMJob', ...wish }).catch(unlessGone);
}

/** Deletes a run with its record; a Job goes after its pods, so that whoever waits for its end has waited for theirs. */
export async function deleteJob(client: KubeClient, { engine, object }: PipelineJob): Promise<void> {
  const { uid } = targetOf(object);
  const propagationPolicy = engine === 'native' ? 'Foreground' : 'Background';
  const wish = { propagationPolicy, preconditions: { uid } } as const;
  await client.delete(RESOURCES[engine], refOf(targetOf(object)), wish).catch(unlessGone);
}

function unlessGone(error: unknown): void {
  if (!(error instanceof NotFoundError)) throw error;
}

/** What waiting for ends needs. */
export interface EndWait extends Waiting {
  readonly client: KubeClient;
  readonly scope: JobScope;
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** Waits until all of these runs have ended, handlers included, at most `waitMs`; returns those that have not. */
export async function awaitEnds(wait: EndWait, ending: readonly PipelineJob[]): Promise<PipelineJob[]> {
  const { clock, waitMs, signal } = wait;
  let left = ending.filter((job) => job.object.metadata?.uid !== undefined);
  if (left.length === 0 || waitMs === 0) return left;
  const allEnded = new AbortController();
  const kinds = ENGINE_KINDS.filter((kind) => left.some(({ engine }) => engine === kind));
  const watched = new Map(kinds.map((kind) => [kind, watch(wait, kind)]));
  const look = () => {
    left = left.filter((job) => !hasEnded(job, watched.get(job.engine)));
    if (left.length === 0) allEnded.abort();
  };
  try {
    for (const informer of watched.values()) {
      informer.onChange(look);
      informer.start();
      void informer.whenSynced().then(look);
    }
    await sleep(clock, waitMs, AbortSignal.any([allEnded.signal, signal])).catch(() => {});
  } finally {
    await Promise.all([...watched.values()].map((informer) => informer.stop()));
  }
  return left;
}

/** Gone counts only once everything that is there has been seen. */
function hasEnded({ engine, object }: PipelineJob, informer: Informer<KubeObject> | undefined): boolean {
  if (informer?.hasSynced() !== true) return false;
  const uid = object.metadata?.uid;
  const now = informer.store.list().find(({ metadata }) => metadata?.uid === uid);
  return now === undefined || !isLive({ engine, object: now } as PipelineJob);
}

function watch({ client, clock, random, scope }: EndWait, kind: EngineKind): Informer<KubeObject> {
  const { namespace, labelSelector } = scope;
  return createInformer({
    client,
    resource: RESOURCES[kind],
    scope: { namespace, labelSelector },
    clock,
    random,
  });
}
