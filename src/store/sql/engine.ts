import { Worker } from 'node:worker_threads';
import { systemClock } from '../../ports/clock.ts';
import { onAbort } from '../../ports/onAbort.ts';

/** Where the engine's own program is: beside this file, and beside the bundle of which it is a part. */
export const ENGINE = new URL('./embeddedEngine.js', import.meta.url);

/** Opening a database that was not closed replays what it wrote last: seconds, and a minute on a busy machine. */
const START_MS = 180_000;
/** No statement of ours takes a second when all is well. One that takes so long never ends, and holds up all others. */
const ANSWER_MS = 120_000;
/** Closing takes half a second. One that takes longer is ended, which is no worse than a kill of the process. */
const CLOSE_MS = 2_000;

/** What a query answers, as `pg` words it. */
export interface QueryResult {
  readonly rows: unknown[];
  readonly rowCount: number;
  readonly command: string;
}

/** What the engine says to this thread. */
type Said =
  | { readonly kind: 'ready' }
  | { readonly kind: 'rows'; readonly id: number; readonly result: QueryResult }
  | {
      readonly kind: 'error';
      readonly id: number;
      readonly message: string;
      readonly code?: string;
      readonly severity?: string;
    };

interface Call {
  readonly resolve: (result: QueryResult) => void;
  readonly reject: (error: Error) => void;
}

/**
 * An embedded PostgreSQL in a thread of its own: starting it takes seconds and a large page tens of milliseconds of a core,
 * which this thread, with its leases and its requests, must not stand still for.
 */
export class Engine {
  readonly #worker: Worker;
  readonly #calls = new Map<number, Call>();
  readonly #ended: Promise<void>;
  #count = 0;
  #lost: Error | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (said: Said) => this.#hear(said));
    worker.on('error', (error) => this.lose(asError(error)));
    this.#ended = new Promise((resolve) => {
      worker.on('exit', () => {
        this.lose(new Error('the embedded database ended'));
        resolve();
      });
    });
  }

  /** Opens the files in a folder; rejects with what the engine says is wrong with them, or when `signal` is aborted. */
  static async start(dataDir: string, signal: AbortSignal): Promise<Engine> {
    const worker = new Worker(ENGINE, { workerData: { dataDir }, stdout: true, stderr: true });
    const engine = new Engine(worker);
    const forget = onAbort(signal, () => engine.lose(asError(signal.reason)));
    try {
      await engine.#call(0, START_MS);
      return engine;
    } catch (error) {
      await worker.terminate();
      throw error;
    } finally {
      forget();
    }
  }

  /** Whether it is of no use any more: it broke off, does not answer, or is closed. */
  isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** Answers of one call at a time; one that fails by other than the database's word loses the engine. */
  async query(text: string, values: readonly unknown[]): Promise<QueryResult> {
    this.#count += 1;
    const id = this.#count;
    const answered = this.#call(id, ANSWER_MS);
    this.#tell({ kind: 'query', id, text, values });
    return answered;
  }

  /** It is of no use any more, for this reason: whoever waits is told. */
  lose(why: Error): void {
    this.#lost ??= why;
    for (const { reject } of this.#calls.values()) reject(this.#lost);
    this.#calls.clear();
  }

  async close(): Promise<void> {
    const timer = systemClock.after(CLOSE_MS, () => void this.#worker.terminate());
    if (this.isLost()) await this.#worker.terminate();
    else this.#tell({ kind: 'close' });
    await this.#ended;
    timer.cancel();
  }

  async #call(id: number, limitMs: number): Promise<QueryResult> {
    if (this.#lost !== undefined) throw this.#lost;
    const timer = systemClock.after(limitMs, () =>
      this.lose(new Error(`the embedded database did not answer within ${limitMs / 1000} s`)),
    );
    try {
      return await new Promise<QueryResult>((resolve, reject) => this.#calls.set(id, { resolve, reject }));
    } finally {
      timer.cancel();
    }
  }

  #tell(message: object): void {
    const transferred: ArrayBuffer[] = [];
    this.#worker.postMessage(message, transferred);
  }

  #hear(said: Said): void {
    const id = said.kind === 'ready' ? 0 : said.id;
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (said.kind === 'ready') call?.resolve({ rows: [], rowCount: 0, command: '' });
    else if (said.kind === 'rows') call?.resolve(said.result);
    else {
      const error = Object.assign(new Error(said.message), { code: said.code });
      call?.reject(error);
      if (isEnd(said)) this.lose(error);
    }
  }
}

/**
 * Whether an engine that said this is good for nothing more: it fell over (no code of PostgreSQL at all), said that it ends, or
 * its files are not what it wrote: 58, system errors, and XX, among them damage (PostgreSQL, appendix A).
 */
function isEnd({ code, severity }: { readonly code?: string; readonly severity?: string }): boolean {
  return (
    code === undefined ||
    severity === 'PANIC' ||
    severity === 'FATAL' ||
    code.startsWith('58') ||
    code.startsWith('XX')
  );
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
