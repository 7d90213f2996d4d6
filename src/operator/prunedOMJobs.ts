import { keepsOMJobStatus } from '../actions/keepsOMJobStatus.ts';
import { type EffectOptions } from '../actions/target.ts';
import type { EventNote } from '../core/decide/decision.ts';
import type { Run } from '../core/run/run.ts';
import type { KubeClient } from '../kube/types.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../telemetry/logger.ts';

/** Somebody may mend the definition: it is asked about again after so long. */
const ASK_AGAIN_MS = 60_000;

/** What is said, and what to do. */
const PRUNED =
  'the CustomResourceDefinition of OMJob lacks status.endwell, so that nothing about an OMJob could be written down: OMJobs are ' +
  'left alone; apply what `endwell crds` prints (with the chart of OpenMetadata: after each upgrade of it)';

/** Whether OMJobs can be looked after, as far as the API server keeps what is written about them. */
export class PrunedOMJobs {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #log: Pick<Logger, 'warn' | 'info'>;
  readonly #emit: (run: Run, note: EventNote) => void;
  #isKept = false;
  /** Until when they are known not to be kept, monotonic ms. */
  #prunedUntil: number | undefined;

  constructor(parts: {
    readonly client: KubeClient;
    readonly clock: Clock;
    readonly log: Pick<Logger, 'warn' | 'info'>;
    readonly emit: (run: Run, note: EventNote) => void;
  }) {
    this.#client = parts.client;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#emit = parts.emit;
  }

  /** What keeps OMJobs from being looked after, as far as it is known. */
  warnings(): readonly string[] {
    return this.#prunedUntil === undefined ? [] : [PRUNED];
  }

  /** A new term of leadership: the definition may be another by now. */
  clear(): void {
    this.#isKept = false;
    this.#prunedUntil = undefined;
  }

  /**
   * How many ms this run is to be left alone; undefined: it may be gone on with. The API server is asked once, with the first OMJob
   * that nothing was written about.
   */
  async restMs(run: Run, options: EffectOptions): Promise<number | undefined> {
    const isWritten = (run.status?.revision ?? 0) > 0;
    if (run.kind !== 'OMJob' || this.#isKept || isWritten) return undefined;
    const now = this.#clock.monotonic();
    if (this.#prunedUntil !== undefined && now < this.#prunedUntil)
      return this.#left(run, this.#prunedUntil - now);
    if (await keepsOMJobStatus(this.#client, run, options)) {
      if (this.#prunedUntil !== undefined) this.#log.info('OMJobs are looked after from now on');
      this.#isKept = true;
      this.#prunedUntil = undefined;
      return undefined;
    }
    return this.dropped(run);
  }

  /** How many ms this run is to be left alone, of which the API server has just shown that it keeps nothing: somebody has replaced the definition. */
  dropped(run: Run): number {
    if (this.#prunedUntil === undefined) this.#log.warn('OMJobs are left alone', { why: PRUNED });
    this.#isKept = false;
    this.#prunedUntil = this.#clock.monotonic() + ASK_AGAIN_MS;
    return this.#left(run, ASK_AGAIN_MS);
  }

  #left(run: Run, ms: number): number {
    this.#emit(run, { type: 'Warning', reason: 'LeftAlone', message: PRUNED });
    return ms;
  }
}
