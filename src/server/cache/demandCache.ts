import type { Informer } from '../../kube/watch/informer.ts';
import type { Api } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';
import { refusalOf } from '../http/refusalOf.ts';

/** Between the start of the server and its first list of a large cluster. */
const RETRY_SECONDS = 1;

/** Refuses (503) while the cache has not been filled: a part of the runs would look like all of them. */
export function demandCache(api: Pick<Api, 'cacheProblem'>): void {
  const problem = api.cacheProblem();
  if (problem !== undefined) throw problem;
}

/** Why lists can't be answered yet, and what to do about it; undefined once the cache has been filled. */
export function fillingProblem(
  informer: Pick<Informer<never>, 'hasSynced' | 'problem'>,
): Refusal | undefined {
  if (informer.hasSynced()) return undefined;
  const error = informer.problem();
  const why = error?.message ?? 'the cache of runs is being filled';
  return refusalOf(error) ?? new Refusal('ClusterUnavailable', why, { retryAfterSeconds: RETRY_SECONDS });
}
