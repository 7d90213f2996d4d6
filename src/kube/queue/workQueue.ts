import type { Clock, Random, Timer } from '../../ports/clock.ts';
import { type Backoff, backoffDelay } from './backoff.ts';
import { Heap } from './heap.ts';

/**
 * What comes of one key: `done` (its failures are forgotten), the same and again `after` so many ms, or `retry`
 * after a back-off that doubles with each failure in a row.
 */
export type WorkAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'after'; readonly ms: number }
  | { readonly kind: 'retry' };

/** What a handler is told beside the key. */
export interface WorkContext {
  /** Aborted by `stop`, not by `drain`. */
  readonly signal: AbortSignal;
  /** Failures in a row before this time. */
  readonly failures: number;
  /** How long the key was ready and waited for its turn, in ms. */
  readonly waitedMs: number;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Keys worked on at the same time, at least 1. */
  readonly concurrency: number;
  /** Default: 200 ms doubling to 60 s. */
  readonly backoff?: Backoff;
  /** Works on one key. A rejection is reported and counts as `retry`. */
  readonly handle: (key: string, context: WorkContext) => Promise<WorkAnswer>;
  /** A handler rejected: a defect of the handler. */
  readonly onDefect?: (key: string, error: unknown) => void;
}

/** Figures for metrics. */
export interface WorkQueueStats {
  readonly ready: number;
  readonly delayed: number;
  readonly running: number;
  /** Keys whose last run failed. */
  readonly failing: number;
}

interface Ready {
  readonly key: string;
  readonly readyAt: number;
  readonly priority: number;
  readonly order: number;
}

interface Delayed {
  readonly due: number;
  readonly priority: number;
  timer: Timer;
}

/** The first failure waits at least 100 ms: a conflict is gone by then; the last waits at most as long as one looks for it. */
const DEFAULT_BACKOFF: Backoff = { baseMs: 200, capMs: 60_000 };
/**
 * One step of priority is worth so much waiting. So a key is overtaken only by keys that became ready less than
 * (difference of priority) × this after it: higher goes first, and nothing waits for ever.
 */
const STEP_MS = 1_000;
/** Timers of the runtime fire at once beyond 2^31 - 1 ms: longer delays are cut in parts of a day. */
const LONGEST_TIMER_MS = 86_400_000;

/**
 * Runs a handler for keys.
 *
 * A key is in at most one of ready and running, and never runs twice at once: added while ready it stays one entry
 * (the higher priority counts), added while running it runs once more afterwards. Beside that it may be delayed; of
 * two delays the earlier counts. Which delay or add led to a run is forgotten: the handler looks at the world anew.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #backoff: Backoff;
  readonly #abort = new AbortController();
  readonly #heap = new Heap<Ready>(isBefore);
  /** The live entry of each ready key; other entries of the heap are out of date. */
  readonly #ready = new Map<string, Ready>();
  readonly #running = new Set<string>();
  readonly #again = new Map<string, Ready>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #failures = new Map<string, number>();
  #isClosed = false;
  #order = 0;
  #whenIdle: (() => void)[] = [];

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? DEFAULT_BACKOFF;
  }

  /** Runs the key as soon as its turn comes. Ignored after `drain` or `stop`, as every add. */
  add(key: string, priority = 0): void {
    if (this.#isClosed) return;
    const entry = { key, priority, readyAt: this.#options.clock.monotonic(), order: this.#order++ };
    if (this.#running.has(key)) this.#again.set(key, higher(this.#again.get(key), entry));
    else this.#enqueue(entry);
  }

  /** Runs the key after `ms`, or earlier when it is already delayed to an earlier time. */
  addAfter(key: string, ms: number, priority = 0): void {
    if (this.#isClosed) return;
    if (ms <= 0) return this.add(key, priority);
    const due = this.#options.clock.monotonic() + ms;
    const known = this.#delayed.get(key);
    known?.timer.cancel();
    const earliest = Math.min(due, known?.due ?? due);
    this.#delay(key, earliest, Math.max(priority, known?.priority ?? priority));
  }

  /** Forgets failures and delays of a key that is of no interest any more. */
  forget(key: string): void {
    this.#failures.delete(key);
    this.#delayed.get(key)?.timer.cancel();
    this.#delayed.delete(key);
  }

  stats(): WorkQueueStats {
    return {
      ready: this.#ready.size,
      delayed: this.#delayed.size,
      running: this.#running.size,
      failing: this.#failures.size,
    };
  }

  /** Takes no more keys, drops what waits, and resolves when what runs has finished. */
  async drain(): Promise<void> {
    this.#isClosed = true;
    for (const { timer } of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    this.#ready.clear();
    this.#again.clear();
    this.#heap.clear();
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  /** As `drain`, but tells running handlers to give up. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('the work queue was stopped'));
    await this.drain();
  }

  #enqueue(entry: Ready): void {
    const known = this.#ready.get(entry.key);
    const next = higher(known, entry);
    if (next === known) return;
    this.#ready.set(entry.key, next);
    this.#heap.push(next);
    queueMicrotask(() => this.#startWhatFits());
  }

  #delay(key: string, due: number, priority: number): void {
    const { clock } = this.#options;
    const ms = Math.min(due - clock.monotonic(), LONGEST_TIMER_MS);
    const timer = clock.after(ms, () => {
      if (clock.monotonic() < due) return this.#delay(key, due, priority);
      this.#delayed.delete(key);
      this.add(key, priority);
    });
    this.#delayed.set(key, { due, priority, timer });
  }

  #startWhatFits(): void {
    while (this.#running.size < this.#options.concurrency && this.#ready.size > 0) {
      const entry = this.#heap.pop();
      if (!entry) return;
      if (this.#ready.get(entry.key) !== entry) continue;
      this.#ready.delete(entry.key);
      this.#running.add(entry.key);
      void this.#run(entry);
    }
  }

  async #run(entry: Ready): Promise<void> {
    const { key } = entry;
    const context = {
      signal: this.#abort.signal,
      failures: this.#failures.get(key) ?? 0,
      waitedMs: this.#options.clock.monotonic() - entry.readyAt,
    };
    const answer = await this.#answer(key, context);
    this.#running.delete(key);
    if (!this.#isClosed) this.#settle(entry, answer);
    this.#startWhatFits();
    if (this.#running.size === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  async #answer(key: string, context: WorkContext): Promise<WorkAnswer> {
    try {
      return await this.#options.handle(key, context);
    } catch (error) {
      this.#report(key, error);
      return { kind: 'retry' };
    }
  }

  /** A reporter that throws must not end the process, which a rejection that nobody awaits would. */
  #report(key: string, error: unknown): void {
    try {
      this.#options.onDefect?.(key, error);
    } catch {
      // There is nobody left to tell.
    }
  }

  #settle({ key, priority }: Ready, answer: WorkAnswer): void {
    if (answer.kind === 'retry') {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      this.addAfter(key, backoffDelay(this.#backoff, failures, this.#options.random), priority);
    } else {
      this.#failures.delete(key);
      if (answer.kind === 'after') this.addAfter(key, answer.ms, priority);
    }
    const again = this.#again.get(key);
    this.#again.delete(key);
    if (again) this.#enqueue(higher(this.#ready.get(key), again));
  }
}

/** The place in the line of a key that was asked for twice: the better of the two. */
function higher(known: Ready | undefined, entry: Ready): Ready {
  return known && !isBefore(entry, known) ? known : entry;
}

function isBefore(a: Ready, b: Ready): boolean {
  const difference = a.readyAt - a.priority * STEP_MS - (b.readyAt - b.priority * STEP_MS);
  return difference === 0 ? a.order < b.order : difference < 0;
}
