import { backoffDelay } from '../../kube/queue/backoff.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import { sleep } from '../../ports/clock.ts';
import { onAbort } from '../../ports/onAbort.ts';
import { StoreError, StoreRefused } from '../../store/errors.ts';
import type { HistoryStore, StatusRow } from '../../store/types.ts';
import { PendingRows } from './pendingRows.ts';

/** Rows of one transaction. */
const BATCH = 100;
/** Rows of one moment are gathered for so long, so that a busy cluster costs few transactions. */
const GATHER_MS = 100;
/** Between two tries while the database is away. */
const BACKOFF = { baseMs: 500, capMs: 30_000 };

/** What writing history needs. */
export interface HistoryWriterParts {
  readonly history: HistoryStore;
  readonly clock: Clock;
  readonly random: Random;
  /** Makes a row whole before it is stored. */
  readonly complete: (row: StatusRow, signal: AbortSignal) => Promise<StatusRow>;
  /** Stores what the history lacks of all that exists; asked for at the start and after rows had to be given up. */
  readonly catchUp: (signal: AbortSignal) => Promise<void>;
  readonly onStored: (row: StatusRow) => void;
  /** A write failed and is tried again. */
  readonly onTrouble: (what: string, error: unknown) => void;
  /** A row is lost for good. */
  readonly onLost: (what: string, error: unknown) => void;
}

/** Writes rows in their order, one batch at a time, for as long as there are any; nobody waits for it. */
export class HistoryWriter {
  readonly #parts: HistoryWriterParts;
  readonly #pending = new PendingRows();
  readonly #abort = new AbortController();
  #isBehind = false;
  /** It may have come back as another: restored, a copy that was behind, or begun anew. */
  #wasAway = false;
  #running: Promise<void> | undefined;
  #problem: unknown;

  constructor(parts: HistoryWriterParts) {
    this.#parts = parts;
  }

  add(row: StatusRow): void {
    const overflow = this.#pending.add(row);
    if (overflow.kind !== 'none') this.#isBehind = true;
    if (overflow.kind === 'lost') {
      const names = overflow.runs.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
      this.#parts.onLost(
        `last states of ${names.length} deleted runs (${names.slice(0, 5).join(', ')}, …)`,
        this.#problem,
      );
    }
    this.#wake();
  }

  /** Compares all that exists with what is stored, before anything else is written. */
  catchUp(): void {
    this.#isBehind = true;
    this.#wake();
  }

  /** Does so with the next row, or at `goOn`: a database that nothing is written to is not opened for it. */
  catchUpLater(): void {
    this.#isBehind = true;
  }

  /** Does now what is due. */
  goOn(): void {
    if (this.#hasWork()) this.#wake();
  }

  /** The newest row of a run that waits. */
  pendingOf(uid: string | undefined): StatusRow | undefined {
    return this.#pending.newest(uid);
  }

  /** When the oldest row that waits was seen, ms; undefined: all is stored. */
  oldestAt(): number | undefined {
    return this.#pending.oldestAt;
  }

  /** Why nothing can be written now. */
  problem(): unknown {
    return this.#problem;
  }

  /** Gives what waits `graceMs` to be stored, then ends; a database that does not answer is not waited for. */
  async stop(graceMs: number): Promise<void> {
    const end = () => this.#abort.abort(new Error('the recorder was stopped'));
    const ended = new Promise<void>((resolve) => onAbort(this.#abort.signal, resolve));
    const timer = this.#parts.clock.after(graceMs, end);
    if (this.#problem !== undefined) end();
    await Promise.race([this.#running, ended]);
    timer.cancel();
    end();
  }

  #wake(): void {
    if (this.#abort.signal.aborted) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#hasWork()) this.#wake();
    });
  }

  #hasWork(): boolean {
    return this.#isBehind || this.#wasAway || this.#pending.size > 0;
  }

  async #run(): Promise<void> {
    const { clock, random, onTrouble } = this.#parts;
    const { signal } = this.#abort;
    await sleep(clock, GATHER_MS, signal).catch(() => {});
    for (let failures = 0; this.#hasWork() && !signal.aborted; ) {
      try {
        await this.#writeSome(signal);
        this.#problem = undefined;
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        this.#problem = error;
        if (error instanceof StoreError) this.#wasAway = true;
        failures += 1;
        onTrouble('writing history', error);
        await sleep(clock, backoffDelay(BACKOFF, failures, random), signal).catch(() => {});
      }
    }
  }

  async #writeSome(signal: AbortSignal): Promise<void> {
    if (this.#isBehind) {
      this.#isBehind = false;
      await this.#parts.catchUp(signal).catch((error: unknown) => {
        this.#isBehind = true;
        throw error;
      });
    }
    const rows = this.#pending.first(BATCH);
    if (rows.length > 0) await this.#writeRows(rows, signal);
    // What waits is written first: it has the states between, and comparing knows only the newest.
    if (this.#wasAway && this.#pending.size < BATCH) {
      this.#wasAway = false;
      this.#isBehind = true;
    }
  }

  async #writeRows(rows: readonly StatusRow[], signal: AbortSignal): Promise<void> {
    const whole = await Promise.all(rows.map((row) => this.#parts.complete(row, signal)));
    try {
      await this.#parts.history.record(whole);
    } catch (error) {
      if (!(error instanceof StoreRefused)) throw error;
      await this.#recordEach(whole);
    }
    this.#pending.drop(rows);
    for (const row of whole) this.#parts.onStored(row);
  }

  /** One row that can't be stored must not hold up the others. */
  async #recordEach(rows: readonly StatusRow[]): Promise<void> {
    for (const row of rows) {
      await this.#parts.history.record([row]).catch((error: unknown) => {
        if (!(error instanceof StoreRefused)) throw error;
        const { namespace, name } = row.run.metadata;
        this.#parts.onLost(`revision ${row.run.status?.revision ?? 0} of run ${namespace}/${name}`, error);
      });
    }
  }
}
