import { logPlaceOf, type S3Keys } from '../store/logPlace.ts';
import { type HistoryPlace, openHistory } from '../store/openHistory.ts';
import { openLogStore } from '../store/openLogStore.ts';
import type { HistoryStore, LogStore } from '../store/types.ts';

/** History and whole logs, each opened by its first use. */
export interface Stores {
  readonly history: HistoryStore;
  /** Undefined: of logs only the ends are kept. */
  readonly logs: LogStore | undefined;
  close(): Promise<void>;
}

/** Stores at these places. `logs` is a folder or `s3://bucket/prefix?…`; refuses an S3 whose keys `env` does not have. */
export async function openStores(
  place: HistoryPlace,
  logs: string | undefined,
  env: S3Keys,
): Promise<Stores> {
  const logStore = logs === undefined ? undefined : await openLogStore(logPlaceOf(logs, env));
  const history = openHistory(place);
  return {
    history,
    logs: logStore,
    async close() {
      await history.close();
      await logStore?.close();
    },
  };
}
