import type { Run } from '../../core/run/run.ts';
import type { StatusRow } from '../../store/types.ts';

/**
 * Rows that wait for the database: some minutes of a busy cluster, about 20 MB. Beyond it only the newest state of each run
 * is kept, and beyond that none of those that the cluster still has: they are read there later.
 */
const MOST_ROWS = 2_000;

/** What had to be given up to stay within bounds. */
export type Overflow =
  | { readonly kind: 'none' }
  /** Nothing is lost: the cluster has the newest state of each run. States between are missing. */
  | { readonly kind: 'behind' }
  /** Last states of runs that are gone from the cluster: nobody has them any more. */
  | { readonly kind: 'lost'; readonly runs: readonly Run[] };

/** Rows in the order in which they were seen, within bounds however long the database is away. */
export class PendingRows {
  #rows: StatusRow[] = [];
  readonly #most: number;

  /** @param most rows that are kept */
  constructor(most: number = MOST_ROWS) {
    this.#most = most;
  }

  get size(): number {
    return this.#rows.length;
  }

  /** When the oldest row was seen, ms since the epoch. */
  get oldestAt(): number | undefined {
    return this.#rows[0]?.at;
  }

  /** The newest row of a run. */
  newest(uid: string | undefined): StatusRow | undefined {
    return this.#rows.findLast(({ run }) => run.metadata.uid === uid);
  }

  add(row: StatusRow): Overflow {
    this.#rows.push(row);
    return this.#rows.length > this.#most ? this.#thinOut() : { kind: 'none' };
  }

  /** The oldest rows. */
  first(count: number): StatusRow[] {
    return this.#rows.slice(0, count);
  }

  /** These are stored, or can't be. */
  drop(rows: readonly StatusRow[]): void {
    const done = new Set(rows);
    this.#rows = this.#rows.filter((row) => !done.has(row));
  }

  #thinOut(): Overflow {
    const newest = new Map(this.#rows.map((row) => [row.run.metadata.uid, row]));
    this.#rows = [...newest.values()];
    if (this.#rows.length <= this.#most / 2) return { kind: 'behind' };
    this.#rows = this.#rows.filter(({ deletedAt }) => deletedAt !== undefined);
    if (this.#rows.length <= this.#most) return { kind: 'behind' };
    const lost = this.#rows.splice(0, this.#rows.length - this.#most);
    return { kind: 'lost', runs: lost.map(({ run }) => run) };
  }
}
