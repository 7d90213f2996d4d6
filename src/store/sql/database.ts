import type { Kysely } from 'kysely';
import type { Tables } from './schema.ts';

/** A database that can be used: connected when it is first asked, reconnected when a connection is lost. */
export interface Database {
  readonly sql: Kysely<Tables>;
  /** Whether it can't be used any more, and is to be closed and opened anew. */
  isLost(): boolean;
  /** Ends what there is; safe to call more than once. */
  close(): Promise<void>;
}
