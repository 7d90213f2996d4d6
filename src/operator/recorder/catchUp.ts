import { readRun } from '../../actions/runKinds.ts';
import { readRunKey } from '../../core/naming/runKey.ts';
import type { Run } from '../../core/run/run.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { HistoryStore, PresentRun, StatusRow } from '../../store/types.ts';
import { wholeRun } from './wholeRun.ts';

/** Runs that are compared and stored at a time: one question and one transaction. */
const PAGE = 100;

/** What comparing needs. */
export interface CatchUpParts {
  readonly client: KubeClient;
  readonly history: HistoryStore;
  /** All runs that exist, by the cache. */
  readonly runs: () => readonly Run[];
  /** Whether runs of this namespace are looked after here. */
  readonly watches: (namespace: string) => boolean;
  /** The store has at least this revision of the run. */
  readonly onStored: (row: StatusRow) => void;
}

/**
 * Stores the newest state of every run that the history lacks, then the deletion of each that it has and the cluster has no
 * more. States between were seen by nobody: their revisions are missing. Throws when the database or the cluster does not answer.
 */
export async function catchUp(parts: CatchUpParts, signal: AbortSignal): Promise<void> {
  const present = parts.runs().filter(({ status }) => status !== undefined);
  for (let at = 0; at < present.length && !signal.aborted; at += PAGE) {
    await storeNewest(parts, present.slice(at, at + PAGE), signal);
  }
  await storeDeletions(parts, signal);
}

async function storeNewest(parts: CatchUpParts, page: readonly Run[], signal: AbortSignal): Promise<void> {
  const { client, history } = parts;
  const known = await history.revisions(page.map(({ metadata }) => metadata.uid ?? ''));
  const missing = page.filter(
    ({ metadata, status }) => (known.get(metadata.uid ?? '') ?? -1) < (status?.revision ?? 0),
  );
  const whole = await Promise.all(missing.map((run) => wholeRun(parts, run, { signal })));
  await history.record(whole.map((run) => ({ run, at: client.serverNow() })));
  for (const run of page) parts.onStored({ run, at: client.serverNow() });
}

/** A run that the cache lacks may be one that it has not seen yet: the API server is asked. */
async function storeDeletions(parts: CatchUpParts, signal: AbortSignal): Promise<void> {
  const { client, history } = parts;
  let after: string | undefined;
  while (!signal.aborted) {
    const page = await history.presentRuns({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    const cached = new Set(parts.runs().map(({ metadata }) => metadata.uid));
    for (const stored of page) {
      if (cached.has(stored.uid) || !parts.watches(stored.namespace)) continue;
      if (await exists(client, stored, signal)) continue;
      await storeDeletion(history, stored, client.serverNow());
    }
    after = page.at(-1)?.uid;
    if (page.length < PAGE) return;
  }
}

async function exists(client: KubeClient, stored: PresentRun, signal: AbortSignal): Promise<boolean> {
  const { uid, namespace, name } = stored;
  const ref = { ...readRunKey(`${namespace}/${name}`), uid };
  return (await readRun(client, ref, { signal })) !== undefined;
}

async function storeDeletion(history: HistoryStore, { uid }: PresentRun, now: number): Promise<void> {
  const stored = await history.get(uid);
  if (stored !== undefined)
    await history.record([{ run: stored.run, at: stored.recordedAt, deletedAt: now }]);
}
