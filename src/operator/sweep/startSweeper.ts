import type { Clock, Random, Timer } from '../../ports/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { OperatorMetrics } from '../../telemetry/metrics.ts';
import type { Watches } from '../watches.ts';
import { type PodSweepParts, sweepPods } from './sweepPods.ts';
import { type SweepReport, SweepRound, type SweepRoundParts } from './sweepRound.ts';
import { sweepTemplates, type TemplateSweepParts } from './sweepTemplates.ts';

/** Between two rounds. A round that finds nothing costs one list of templates; what is left behind can wait. */
export const SWEEP_EVERY_MS = 600_000;

/** A new leader first looks after runs. */
const FIRST_AFTER_MS = 60_000;

/** Each wait is longer by up to so much of itself, so that operators of several clusters don't sweep in step. */
const JITTER = 0.2;

/** What a sweeper needs. */
export interface SweeperParts extends SweepRoundParts, Omit<TemplateSweepParts & PodSweepParts, 'watches'> {
  readonly watches: Watches;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Pick<OperatorMetrics, 'swept' | 'sweepLeft'>;
}

/** Looks for what nobody owns any more, while this process leads. */
export interface Sweeper {
  beginTerm(): void;
  /** Gives up the round; resolves when nothing is written any more. */
  endTerm(): Promise<void>;
}

/** Makes a sweeper, outside of any term. */
export function startSweeper(parts: SweeperParts): Sweeper {
  const { clock, random } = parts;
  let term: AbortController | undefined;
  let timer: Timer | undefined;
  let round: Promise<void> = Promise.resolve();
  const wait = (ms: number) => {
    timer = clock.after(ms * (1 + JITTER * random()), () => {
      round = turn();
    });
  };
  const turn = async () => {
    const signal = term?.signal;
    if (!signal) return;
    if (parts.watches.hasSynced()) await sweep(parts, signal);
    if (!signal.aborted) wait(SWEEP_EVERY_MS);
  };
  return {
    beginTerm() {
      term = new AbortController();
      wait(FIRST_AFTER_MS);
    },
    async endTerm() {
      timer?.cancel();
      term?.abort(new Error('this process leads no more'));
      term = undefined;
      await round;
    },
  };
}

/** One round. Never throws: what fails is told, and tried again in the next one. */
async function sweep(parts: SweeperParts, signal: AbortSignal): Promise<void> {
  const round = new SweepRound(parts, { signal });
  const failures: unknown[] = [];
  for (const part of [() => sweepPods(round, parts), () => sweepTemplates(round, parts)]) {
    await part().catch((error: unknown) => failures.push(error));
  }
  if (!signal.aborted) tell(parts, round.report(), failures);
}

function tell({ log, metrics }: SweeperParts, report: SweepReport, failed: readonly unknown[]): void {
  const failures = [...failed, ...report.failures];
  const acts = Object.fromEntries(report.acts);
  for (const [what, count] of report.acts) metrics.swept(what, count);
  metrics.sweepLeft(report.left.length);
  const event = { acts, left: report.left.slice(0, MAX_TOLD), leftInAll: report.left.length };
  if (failures.length > 0) log.warn('swept', { ...event, failures: failures.length, error: failures[0] });
  else if (report.acts.size > 0 || report.left.length > 0) log.info('swept', event);
  else log.debug('swept', event);
}

/** A line of the log names so many of what is left alone; the rest are counted. */
const MAX_TOLD = 20;
