import type { Run } from '../../core/run/run.ts';
import type { StatusRow } from '../../store/types.ts';

/**
 * Rows that wait for the database: some minutes of a busy cluster, about 20 MB. Beyond it only the newest state of each run
 * is kept, and beyond that none of those that the cluster still has: they are read there later.
 */
const MOST_ROWS = 2_000;
/** The same for runs whose pods are large, as JSON; in memory it is up to three times that. */
const MOST_BYTES = 32 * 1024 * 1024;
/** So many rows wait now and then when all is well: their size is not looked at. Even if each has the 1 MiB that etcd takes. */
const FEW_ROWS = 50;

/** What had to be given up to stay within bounds. */
export type Overflow =
  | { readonly kind: 'none' }
  /** Nothing is lost: the cluster has the newest state of each run. States between are missing. */
  | { readonly kind: 'behind' }
  /** Last states of runs that are gone from the cluster: nobody has them any more. */
  | { readonly kind: 'lost'; readonly runs: readonly Run[] };

/** Bounds of what waits. */
export interface Bounds {
  readonly rows: number;
  /** Of JSON. */
  readonly bytes: number;
}

interface Held {
  readonly row: StatusRow;
  readonly bytes: number;
}

/** Rows in the order in which they were seen, within bounds however long the database is away. */
export class PendingRows {
  #held: Held[] = [];
  readonly #most: Bounds;

  constructor(most: Bounds = { rows: MOST_ROWS, bytes: MOST_BYTES }) {
    this.#most = most;
  }

  get size(): number {
    return this.#held.length;
  }

  /** When the oldest row was seen, ms since the epoch. */
  get oldestAt(): number | undefined {
    return this.#held[0]?.row.at;
  }

  /** The newest row of a run. */
  newest(uid: string | undefined): StatusRow | undefined {
    return this.#held.findLast(({ row }) => row.run.metadata.uid === uid)?.row;
  }

  add(row: StatusRow): Overflow {
    const isMeasured = this.#held.length >= Math.min(FEW_ROWS, this.#most.rows);
    this.#held.push({ row, bytes: isMeasured ? JSON.stringify(row.run).length : 0 });
    return this.#fits(1) ? { kind: 'none' } : this.#thinOut();
  }

  /** The oldest rows. */
  first(count: number): StatusRow[] {
    return this.#held.slice(0, count).map(({ row }) => row);
  }

  /** These are stored, or can't be. */
  drop(rows: readonly StatusRow[]): void {
    const done = new Set(rows);
    this.#held = this.#held.filter(({ row }) => !done.has(row));
  }

  /** @param part of the bounds */
  #fits(part: number): boolean {
    const { rows, bytes } = this.#most;
    return (
      this.#held.length <= rows * part &&
      this.#held.reduce((sum, held) => sum + held.bytes, 0) <= bytes * part
    );
  }

  #thinOut(): Overflow {
    const newest = new Map(this.#held.map((held) => [held.row.run.metadata.uid, held]));
    this.#held = [...newest.values()];
    if (this.#fits(0.5)) return { kind: 'behind' };
    this.#held = this.#held.filter(({ row }) => row.deletedAt !== undefined);
    if (this.#fits(1)) return { kind: 'behind' };
    const lost: Run[] = [];
    for (let oldest = this.#held[0]; oldest !== undefined && !this.#fits(1); oldest = this.#held[0]) {
      this.#held.shift();
      lost.push(oldest.row.run);
    }
    return { kind: 'lost', runs: lost };
  }
}
