import type { Kysely } from 'kysely';
import type { Tables } from './schema.ts';

/** A database that can be used: connected when it is first asked, reconnected when a connection is lost. */
export interface Database {
  readonly sql: Kysely<Tables>;
  /** Ends what there is; safe to call once. */
  close(): Promise<void>;
}
