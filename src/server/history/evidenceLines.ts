import type { RunStatus } from '../../core/run/run.ts';
import type { Clock } from '../../ports/clock.ts';
import { StoreOpening } from '../../store/errors.ts';
import type { ContainerLog, PodEvidence, StoredStatus } from '../../store/types.ts';
import type { Api } from '../http/api.ts';
import type { FoundRun } from './findRun.ts';

/**
 * Longest wait for the history of a run that the cluster has, ms: what the status says is worth more at once than with its
 * evidence later.
 */
const PATIENCE_MS = 2000;
const LATE = `kept: not known yet, for the history has not answered within ${PATIENCE_MS / 1000} s: its database is slow; ask again`;
const OPENING = 'kept: not known yet, for the history is being opened; ask again in a moment';

/** What the history adds to an explanation, one fact a line: where the run comes from, what is kept, and what is missing. */
export async function evidenceLines(api: Pick<Api, 'stores' | 'clock'>, found: FoundRun): Promise<string[]> {
  const { run } = found;
  if (api.stores === undefined) {
    return ['kept: only what this status holds, for no history is configured (--database-url)'];
  }
  const { history } = api.stores;
  const { uid = '' } = run.metadata;
  try {
    const answer = Promise.all([history.evidenceOf(uid), history.statusRows(uid)]);
    const answered = await orLate(api.clock, answer);
    if (answered === 'late') return [...originLines(found), LATE];
    const [evidence, rows] = answered;
    return [...originLines(found), ...gapLines(run.status, rows), ...evidence.flatMap(podLines)];
  } catch (error) {
    if (error instanceof StoreOpening) return [...originLines(found), OPENING];
    // The run itself is known: an answer without its evidence is better than none.
    return [`kept: not known, for the history does not answer: ${(error as Error).message}`];
  }
}

/** The answer, or 'late' when the patience is over before it is there. */
function orLate<T>(clock: Clock, answer: Promise<T>): Promise<T | 'late'> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(PATIENCE_MS, () => resolve('late'));
    void answer.then(resolve, reject).finally(() => timer.cancel());
  });
}

function originLines(found: FoundRun): string[] {
  if (found.source === 'cluster') return [];
  const when = found.deletedAt === undefined ? '' : `, which deleted it at ${timeText(found.deletedAt)}`;
  return [`told from the history: the cluster does not have it any more${when}`];
}

/** Revisions that the recorder did not see: their transitions are in no row. */
function gapLines(status: RunStatus | undefined, rows: readonly StoredStatus[]): string[] {
  const seen = new Set(rows.map(({ revision }) => revision));
  const last = Math.max(0, ...seen);
  const missing = Array.from({ length: last }, (_, index) => index + 1).filter((number) => !seen.has(number));
  const count = status?.revision ?? 0;
  return [
    ...(missing.length === 0
      ? []
      : [`not recorded: ${missing.length} of its ${last} states (${missing.join(', ')})`]),
    ...(count > last ? [`not recorded yet: ${count - last} of its ${count} states`] : []),
  ];
}

function podLines({ podName, logs }: PodEvidence): string[] {
  return logs.map(
    (log) =>
      `log of pod ${podName}, container ${log.container}${log.previous ? ' (before its restart)' : ''}: ${kept(log)}`,
  );
}

function kept({ tail, size, missing, whole }: ContainerLog): string {
  if (missing !== undefined) return `nothing is kept: ${missing}`;
  if (whole) return 'kept whole';
  if (tail.length === 0) return 'it was empty';
  return size === tail.length ? `kept whole, ${size} bytes` : `its last ${tail.length} bytes are kept`;
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
