import { sqlHistory } from './sql/sqlHistory.ts';
import type { HistoryStore } from './types.ts';

/** Where history is: a PostgreSQL 14 or newer, or a folder for the embedded one. */
export type HistoryPlace =
  | { readonly kind: 'postgres'; readonly url: string }
  | { readonly kind: 'embedded'; readonly folder: string };

/** History at a place. Nothing is opened before the first call that needs it; what is wrong is said there. */
export function openHistory(place: HistoryPlace): HistoryStore {
  return sqlHistory(async (signal) => {
    switch (place.kind) {
      case 'postgres':
        return (await import('./sql/postgres.ts')).openPostgres(place.url);
      case 'embedded':
        return (await import('./sql/embedded.ts')).openEmbedded(place.folder, signal);
      default:
        return place satisfies never;
    }
  });
}
