import { type Clock, type Random, sleep } from '../../ports/clock.ts';
import type { HistoryStore, LogStore } from '../../store/types.ts';

/** History goes by the day: once an hour is soon enough. */
const EVERY_MS = 3_600_000;
/** Runs that go in one transaction, and the pause after it: whoever reads meanwhile is not held up. */
const BATCH = 100;
const PAUSE_MS = 1_000;
const DAY_MS = 86_400_000;

/** What forgetting needs. */
export interface RetentionParts {
  readonly history: HistoryStore;
  readonly logStore: LogStore | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Days that history is kept after a run's end. */
  readonly days: number;
  /** A round begins: what is not known to be gone from the cluster is not forgotten. */
  readonly onRound: () => void;
  readonly onForgotten: (count: number) => void;
  readonly onTrouble: (what: string, error: unknown) => void;
}

/** Forgets runs that ended long ago, batch by batch, until the signal ends it. A round that fails is made up by the next. */
export async function keepForgetting(parts: RetentionParts, signal: AbortSignal): Promise<void> {
  const { clock, random } = parts;
  while (!signal.aborted) {
    await sleep(clock, EVERY_MS * (0.5 + random()), signal).catch(() => {});
    if (signal.aborted) return;
    parts.onRound();
    try {
      await forgetExpired(parts, signal);
    } catch (error) {
      parts.onTrouble('forgetting old history', error);
    }
  }
}

/** One round. A run's logs go before its record does: in this order nothing is left that nobody knows of. */
export async function forgetExpired(parts: RetentionParts, signal: AbortSignal): Promise<void> {
  const { history, logStore, clock, now, days, onForgotten } = parts;
  while (!signal.aborted) {
    const expired = await history.expired({ before: now() - days * DAY_MS, limit: BATCH });
    for (const { namespace, uid } of expired) await logStore?.deleteRun({ namespace, runUID: uid });
    await history.forget(expired.map(({ uid }) => uid));
    if (expired.length > 0) onForgotten(expired.length);
    if (expired.length < BATCH) return;
    await sleep(clock, PAUSE_MS, signal).catch(() => {});
  }
}
