import { listRuns, readRun } from '../../actions/runKinds.ts';
import { runKey } from '../../core/naming/runKey.ts';
import type { Run } from '../../core/run/run.ts';
import type { KubeClient } from '../../kube/types.ts';
import { isNewer } from '../isNewer.ts';
import type { Watches } from '../watches.ts';
import type { Book } from './book.ts';

/** What taking stock needs. */
export interface StockParts {
  readonly client: KubeClient;
  /** Empty: all. */
  readonly watchNamespaces: readonly string[];
  readonly watches: Pick<Watches, 'run' | 'runs' | 'withheld'>;
}

/**
 * Fills the book with every run there is, by one list of the API server that is as new as anything written before it;
 * of the watch only what is newer still. Returns the runs that the watch has not shown.
 *
 * @param gone UIDs of runs that the watch sees go meanwhile
 */
export async function takeStock(
  parts: StockParts,
  book: Book,
  gone: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Run[]> {
  const { client, watchNamespaces, watches } = parts;
  const scopes = watchNamespaces.length === 0 ? [{}] : watchNamespaces.map((namespace) => ({ namespace }));
  // OMJobs that may not be seen are left alone, and hold nothing up.
  const kinds = watches.withheld().length > 0 ? (['Run'] as const) : (['Run', 'OMJob'] as const);
  const lists = await Promise.all(scopes.map((scope) => listRuns(client, kinds, scope, { signal })));
  book.clear();
  const now = client.serverNow();
  const listed = lists.flatMap((list) => list.runs).filter(({ metadata }) => !gone.has(metadata.uid ?? ''));
  for (const run of listed) book.note(run, now);
  const uids = new Set(listed.map(({ metadata }) => metadata.uid));
  for (const run of watches.runs()) {
    // What the list does not have was made after it, or is gone and the watch has yet to hear of it.
    if (uids.has(run.metadata.uid) || lists.every(({ versions }) => isAfter(run, versions.get(run.kind))))
      book.note(run, now);
  }
  return listed.filter((run) => !isShown(watches, run));
}

/** Of runs that a list had and the watch still has not: those that are gone leave the book. Returns the others. */
export async function confirmUnseen(
  parts: StockParts,
  book: Book,
  unseen: readonly Run[],
  signal: AbortSignal,
): Promise<Run[]> {
  const still: Run[] = [];
  for (const run of unseen) {
    const { namespace = '', name = '', uid = '' } = run.metadata;
    const { kind } = run;
    if (isShown(parts.watches, run) || book.demand(uid) === undefined) continue;
    const found = await readRun(parts.client, { kind, namespace, name, uid }, { signal });
    if (found === undefined) book.forget(uid);
    else still.push(run);
  }
  return still;
}

/** A kind that the list did not find has none that is older. */
function isAfter(run: Run, resourceVersion: string | undefined): boolean {
  return resourceVersion === undefined || isNewer(run, { metadata: { resourceVersion } });
}

function isShown(watches: Pick<Watches, 'run'>, run: Run): boolean {
  return watches.run(runKey(run))?.metadata.uid === run.metadata.uid;
}
