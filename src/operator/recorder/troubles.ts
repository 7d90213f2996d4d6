import type { Clock } from '../../ports/clock.ts';
import { StoreError } from '../../store/errors.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { OperatorMetrics } from '../../telemetry/metrics.ts';

/** While something stays broken it is said so often, not at each try. */
const SAY_EVERY_MS = 30_000;
/** A trouble that came up no more for so long is over. */
const FRESH_MS = 120_000;

/** What is in the way of recording: counted, said in the log now and then, and kept for readiness. */
export class Troubles {
  readonly #parts: {
    readonly clock: Clock;
    readonly log: Logger;
    readonly metrics: Pick<OperatorMetrics, 'historyFailed' | 'historyLost'>;
  };
  #saidAt = Number.NEGATIVE_INFINITY;
  #last: { readonly error: StoreError; readonly at: number } | undefined;
  #lost = 0;

  constructor(parts: {
    readonly clock: Clock;
    readonly log: Logger;
    readonly metrics: Pick<OperatorMetrics, 'historyFailed' | 'historyLost'>;
  }) {
    this.#parts = parts;
  }

  /** Something failed and is tried again. */
  trouble(what: string, error: unknown): void {
    const { clock, log, metrics } = this.#parts;
    const now = clock.monotonic();
    metrics.historyFailed();
    if (error instanceof StoreError) this.#last = { error, at: now };
    if (now - this.#saidAt < SAY_EVERY_MS) return;
    this.#saidAt = now;
    log.warn('could not be recorded; it is tried again, and runs go on', { what, error });
  }

  /** Something can't be recorded any more. */
  lost(what: string, error: unknown): void {
    this.#lost += 1;
    this.#parts.metrics.historyLost();
    this.#parts.log.error('is missing in the history for good', { what, error });
  }

  /** One line each, for readiness. `problem`: why history can't be written now. */
  warnings(problem: unknown): string[] {
    const isFresh = this.#last !== undefined && this.#parts.clock.monotonic() - this.#last.at < FRESH_MS;
    const error = problem ?? (isFresh ? this.#last?.error : undefined);
    return [
      ...(error === undefined
        ? []
        : [`history is not being written: ${firstLine(error)}; runs go on, deletions of pods wait`]),
      ...(this.#lost === 0
        ? []
        : [`${this.#lost} records are missing in the history for good (see the log)`]),
    ];
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n')[0] ?? '').replace(/[.;\s]+$/, '');
}
