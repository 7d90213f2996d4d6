import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { subjectText } from '../core/naming/naming.ts';
import { timeOf, timeText } from '../core/run/conditions.ts';
import { isTerminal } from '../core/run/phases.ts';
import type { Run, Subject, Verdict } from '../core/run/run.ts';
import { NotFoundError } from '../kube/errors.ts';
import type { KubeClient } from '../kube/types.ts';
import { cancelRun } from './cancelRun.ts';
import { deletePod } from './deletePod.ts';
import { isForeign, podsOfSubject } from './foreignPods.ts';
import { listRunPage } from './runKinds.ts';
import { type EffectOptions, targetOf, withSignal } from './target.ts';

/** Objects of one page: enough to keep round trips few, small enough for any memory. */
const PAGE = 500;

/** Whose runs are to end, who says so, and since when they must exist to be concerned. */
export interface SubjectKill {
  readonly namespace: string;
  readonly subject: Subject;
  readonly by: string;
  /** ms since the epoch (API server's time): what was created later is not concerned. */
  readonly asOf: number;
  readonly what: 'runs' | 'runs and foreign pods';
  /** Which kinds of runs; left out: all. A kind that the cluster does not have has none. */
  readonly kinds?: readonly Run['kind'][];
}

/** What was alive and is ending now. */
export interface Killed {
  readonly runs: readonly Run[];
  /** Pods that belong to no run. */
  readonly pods: readonly Pod[];
}

/**
 * Cancels every live run of a subject (reason SubjectKilled: their exit handlers run), and deletes pods that carry its
 * labels and belong to no run, where that is wished for. Everything is listed first, past any cache, pods before runs.
 * Safe to repeat. Does not wait for any end. Throws the first failure once all others were tried.
 */
export async function killSubject(
  client: KubeClient,
  wish: SubjectKill,
  options: EffectOptions = {},
): Promise<Killed> {
  const found = wish.what === 'runs' ? [] : await podsOfSubject(client, wish, options);
  const { live, uids } = await runsOf(client, wish, options);
  const foreign = found.filter((pod) => isForeign(pod, uids) && isConcerned(pod, wish));
  const cancelled = live.map((run) => cancel(client, wish, run, options));
  const deleted = foreign.map((pod) => remove(client, wish, pod, options));
  const results = await Promise.allSettled([...cancelled, ...deleted]);
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return { runs: live, pods: foreign };
}

/** The subject's runs that live, and the UIDs of all runs of the namespace. */
async function runsOf(
  client: KubeClient,
  wish: SubjectKill,
  options: EffectOptions,
): Promise<{ live: Run[]; uids: Set<string> }> {
  const live: Run[] = [];
  const uids = new Set<string>();
  for (const kind of wish.kinds ?? (['Run', 'OMJob'] as const)) {
    for await (const run of pagesOf(client, kind, wish.namespace, options)) {
      uids.add(run.metadata.uid ?? '');
      if (isOf(run, wish.subject) && isConcerned(run, wish) && !isTerminal(run.status?.phase)) live.push(run);
    }
  }
  return { live, uids };
}

async function* pagesOf(
  client: KubeClient,
  kind: Run['kind'],
  namespace: string,
  options: EffectOptions,
): AsyncGenerator<Run> {
  let continueToken: string | undefined;
  do {
    const next = continueToken === undefined ? {} : { continueToken };
    const page = await listRunPage(client, kind, { namespace, limit: PAGE, ...next, ...withSignal(options) });
    yield* page.runs;
    continueToken = page.continueToken;
  } while (continueToken !== undefined);
}

function isOf({ spec }: Run, subject: Subject): boolean {
  return spec.subject?.kind === subject.kind && spec.subject.id === subject.id;
}

/** Times of creation are cut to the second: one of the same second counts as earlier. */
function isConcerned({ metadata }: Pick<Pod, 'metadata'>, { asOf }: SubjectKill): boolean {
  return (timeOf(metadata?.creationTimestamp) ?? 0) <= asOf;
}

async function cancel(
  client: KubeClient,
  wish: SubjectKill,
  run: Run,
  options: EffectOptions,
): Promise<void> {
  try {
    await cancelRun(
      client,
      { ...targetOf(run), kind: run.kind, by: wish.by, reason: 'SubjectKilled' },
      options,
    );
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
}

async function remove(
  client: KubeClient,
  wish: SubjectKill,
  pod: Pod,
  options: EffectOptions,
): Promise<void> {
  if (pod.metadata?.deletionTimestamp !== undefined) return;
  const verdict: Verdict = {
    reason: 'SubjectKilled',
    by: wish.by,
    message: `everything of subject ${subjectText(wish.subject)} was killed`,
    rule: 'a subject kill that includes foreign pods',
    at: timeText(client.serverNow()),
  };
  await deletePod(client, { ...targetOf(pod), verdict }, options);
}
