import type { Api } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';

/** Between the start of the server and its first list of a large cluster. */
const RETRY_SECONDS = 1;

/** Refuses (503) while the cache has not been filled: a part of the runs would look like all of them. */
export function demandCache(api: Api): void {
  const problem = api.cacheProblem();
  if (problem !== undefined)
    throw new Refusal('ClusterUnavailable', problem, { retryAfterSeconds: RETRY_SECONDS });
}
