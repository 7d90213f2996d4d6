import type { EventNote } from '../core/decide/decision.ts';
import { newerWord } from '../core/run/newer.ts';
import type { Run } from '../core/run/run.ts';
import { boundedMessage } from '../core/run/status.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { OperatorMetrics } from '../telemetry/metrics.ts';
import type { Memories } from './memories.ts';
import type { Watches } from './watches.ts';

/** Where it is said that a run is left alone. */
export interface NewerParts {
  readonly watches: Pick<Watches, 'run'>;
  readonly memories: Memories;
  readonly emit: (run: Run, note: EventNote) => void;
  readonly log: Pick<Logger, 'warn'>;
  readonly metrics: OperatorMetrics;
}

/**
 * Whether the run of this key, if there is one, is left alone because only a newer version understands it, as happens while operators are replaced one by
 * one. That is said once per version of the run: by an Event, in the log, in a metric. The status can't say it: it is the newer version's.
 */
export function leaveToNewer(parts: NewerParts, key: string): boolean {
  const cached = parts.watches.run(key);
  if (!cached) return false;
  const memory = parts.memories.of(key, cached.metadata.uid ?? '');
  const run = memory.newestRun(cached);
  const before = memory.newer;
  memory.newer = newerWord(run, before);
  const { why } = memory.newer;
  if (why !== undefined && why !== before?.why) {
    const message = boundedMessage(
      `left alone by this operator: ${why}; an operator of that version must run`,
    );
    parts.emit(run, { type: 'Warning', reason: 'WrittenByNewerVersion', message });
    parts.log.warn('a run is left alone: a newer version wrote it', { run: key, why });
    parts.metrics.leftToNewer();
  }
  return why !== undefined;
}
