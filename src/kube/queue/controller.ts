import type { Clock, Random } from '../../ports/clock.ts';
import { onAbort } from '../../ports/onAbort.ts';
import type { Backoff } from './backoff.ts';
import { type WorkAnswer, type WorkContext, WorkQueue, type WorkQueueStats } from './workQueue.ts';

/** What a reconcile returns. */
export interface ReconcileResult {
  /** When the key is to be looked at again though nothing changed, in ms of `ControllerOptions.now`. */
  readonly wakeAtMs?: number;
  /** What the wide event is to say beside the controller's own fields. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** One wide event: all there is to say about one reconcile. */
export interface ReconcileReport {
  readonly key: string;
  readonly outcome: 'done' | 'failed' | 'timedOut';
  readonly durationMs: number;
  /** How long the key was ready and waited for its turn. */
  readonly waitedMs: number;
  /** Failures in a row before this time. */
  readonly failures: number;
  readonly wakeAtMs: number | undefined;
  readonly error: unknown;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface ControllerOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The time that `wakeAtMs` is in: the API server's, as a rule. */
  readonly now: () => number;
  readonly concurrency: number;
  /** After so many ms a reconcile is told to give up; its key runs again only when it has. */
  readonly timeoutMs: number;
  readonly backoff?: Backoff;
  /** Looks at the world anew and does what is due. A rejection is retried with back-off, and is never a state. */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<ReconcileResult>;
  /** Hears of every reconcile; must not throw. */
  readonly onReport?: (report: ReconcileReport) => void;
}

/** A work queue that runs one reconcile for each key that is due. */
export interface Controller {
  /** The key changed, or may have. */
  add(key: string, priority?: number): void;
  addAfter(key: string, ms: number, priority?: number): void;
  /** The object of the key is gone: forgets failures and delays. */
  forget(key: string): void;
  stats(): WorkQueueStats;
  /**
   * By how many ms the longest reconcile has overrun its time limit; 0 when none has. Liveness goes by this: a
   * dependency that blinks fails reconciles, a loop that is stuck overruns for ever.
   */
  overrunMs(): number;
  /** Tells what runs to give up, and goes on with what comes. */
  giveUp(reason: Error): void;
  /** Takes no more keys and resolves when what runs has finished. */
  drain(): Promise<void>;
  /** As `drain`, but tells what runs to give up. */
  stop(): Promise<void>;
}

/** Starts a controller; it has nothing to do until a key is added. */
export function runController(options: ControllerOptions): Controller {
  const { clock, random, concurrency, backoff, timeoutMs } = options;
  const running = new Map<string, { readonly startedAt: number; readonly limit: TimeLimit }>();
  const queue = new WorkQueue({
    clock,
    random,
    concurrency,
    ...(backoff ? { backoff } : {}),
    async handle(key, context) {
      const limit = timeLimit(clock, timeoutMs, context.signal);
      running.set(key, { startedAt: clock.monotonic(), limit });
      const report = await reconcileOnce(options, key, context, limit);
      running.delete(key);
      options.onReport?.(report);
      return answerTo(report, options.now());
    },
  });
  return {
    add: (key, priority) => queue.add(key, priority),
    addAfter: (key, ms, priority) => queue.addAfter(key, ms, priority),
    forget: (key) => queue.forget(key),
    stats: () => queue.stats(),
    overrunMs() {
      const oldest = Math.min(clock.monotonic(), ...[...running.values()].map(({ startedAt }) => startedAt));
      return Math.max(0, clock.monotonic() - oldest - timeoutMs);
    },
    giveUp(reason) {
      for (const { limit } of running.values()) limit.giveUp(reason);
    },
    drain: () => queue.drain(),
    stop: () => queue.stop(),
  };
}

async function reconcileOnce(
  options: ControllerOptions,
  key: string,
  context: WorkContext,
  limit: TimeLimit,
): Promise<ReconcileReport> {
  const { clock } = options;
  const startedAt = clock.monotonic();
  const report = (outcome: ReconcileReport['outcome'], result: ReconcileResult, error?: unknown) => ({
    key,
    outcome,
    durationMs: clock.monotonic() - startedAt,
    waitedMs: context.waitedMs,
    failures: context.failures,
    wakeAtMs: result.wakeAtMs,
    error,
    fields: result.fields ?? {},
  });
  try {
    return report('done', await options.reconcile(key, limit.signal));
  } catch (error) {
    return report(limit.isOver() ? 'timedOut' : 'failed', {}, error);
  } finally {
    limit.close();
  }
}

function answerTo(report: ReconcileReport, now: number): WorkAnswer {
  if (report.outcome !== 'done') return { kind: 'retry' };
  if (report.wakeAtMs === undefined) return { kind: 'done' };
  return { kind: 'after', ms: Math.max(0, report.wakeAtMs - now) };
}

interface TimeLimit {
  readonly signal: AbortSignal;
  isOver(): boolean;
  giveUp(reason: Error): void;
  close(): void;
}

/** A signal that is aborted when the parent is, or after `ms`, or on demand. */
function timeLimit(clock: Clock, ms: number, parent: AbortSignal): TimeLimit {
  const abort = new AbortController();
  let isOver = false;
  const timer = clock.after(ms, () => {
    isOver = true;
    abort.abort(new Error(`reconciling: not finished after ${ms / 1000} s`));
  });
  const forget = onAbort(parent, () => abort.abort(parent.reason));
  return {
    signal: abort.signal,
    isOver: () => isOver,
    giveUp: (reason) => abort.abort(reason),
    close() {
      timer.cancel();
      forget();
    },
  };
}
