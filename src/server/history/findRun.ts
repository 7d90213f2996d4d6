import { type RunRef, runKeyName } from '../../core/naming/runKey.ts';
import type { Run } from '../../core/run/run.ts';
import type { Api } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';
import { type Asking, readRun } from '../runs/read.ts';

/** A run and where it was found. */
export type FoundRun =
  | { readonly source: 'cluster'; readonly run: Run }
  | {
      readonly source: 'history';
      /** In its last known state. */
      readonly run: Run;
      /** When the cluster was seen to have it no more, ms since the epoch; undefined: that was not recorded yet. */
      readonly deletedAt: number | undefined;
    };

/**
 * Reads a run past the cache, else from the history; the youngest of that name. Refuses (404) when neither has it. Rights
 * are the same for both: who may read runs of a namespace may read those that it had.
 */
export async function findRun(api: Api, ref: RunRef, asking: Asking): Promise<FoundRun> {
  try {
    return { source: 'cluster', run: await readRun(api, ref, asking) };
  } catch (error) {
    const isMissing = error instanceof Refusal && error.problem.code === 'NotFound';
    if (!isMissing || api.stores === undefined) throw error;
    const stored = await api.stores.history.getByName(ref.namespace, runKeyName(ref.kind, ref.name));
    if (stored?.run.kind !== ref.kind) throw error;
    return { source: 'history', run: stored.run, deletedAt: stored.deletedAt };
  }
}

/** The run as an answer: the object, and where it comes from. */
export function answerOf({ run, source }: FoundRun): Run & { readonly source: FoundRun['source'] } {
  return { ...run, source };
}
