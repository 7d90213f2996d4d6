import { runKey } from '../core/naming/runKey.ts';
import { hasEnded } from '../core/pod/podFacts.ts';
import { type Controller, type ReconcileReport, runController } from '../kube/queue/controller.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { PrunedOMJobs } from './prunedOMJobs.ts';
import { isOver, type Look, type ReconcileParts, reconcileRun } from './reconcileRun.ts';
import type { Watches } from './watches.ts';

/** A reconcile makes a dozen requests at most, each with a time limit of its own. */
const RECONCILE_TIMEOUT_MS = 120_000;

/** The loop over all runs. It acts in terms: between them it does nothing, and each begins with a look at all runs. */
export interface RunLoop {
  /** A run changed, or may have. Outside of a term that is of no interest. */
  add(key: string): void;
  /** From now on, until `endTerm`, this process may write. */
  beginTerm(): void;
  /** What is being written is given up at once; resolves when nothing is written any more. */
  endTerm(): Promise<void>;
  overrunMs(): number;
  queueLength(): number;
  stop(): Promise<void>;
}

/** Starts the loop, outside of any term. */
export function startRunLoop(
  parts: Omit<ReconcileParts, 'prunedOMJobs'> & { readonly prunedOMJobs: PrunedOMJobs } & {
    readonly random: () => number;
    readonly workers: number;
    readonly log: Logger;
  },
): RunLoop {
  const { clock, random, watches, log, metrics } = parts;
  let isInTerm = false;
  const running = new Set<Promise<unknown>>();
  const looksOf = new Map<string, Look[]>();
  const controller: Controller = runController({
    clock,
    random,
    now: () => parts.client.serverNow(),
    concurrency: parts.workers,
    timeoutMs: RECONCILE_TIMEOUT_MS,
    async reconcile(key, signal) {
      if (!isInTerm || !watches.hasSynced()) return {};
      const looks: Look[] = [];
      looksOf.set(key, looks);
      const work = reconcileRun(parts, key, looks, { signal });
      running.add(work);
      return work.finally(() => running.delete(work));
    },
    onReport(report) {
      const looks = looksOf.get(report.key) ?? [];
      looksOf.delete(report.key);
      metrics.reconciled(resultOf(report, looks), report.durationMs / 1000);
      const isOverruled = report.outcome === 'failed' && !isInTerm;
      if (!isOverruled) logReport(log, report, looks, parts.mode);
    },
  });
  const add = (key: string) => controller.add(key, urgencyOf(watches, key));
  const addAll = () => {
    for (const run of watches.runs()) add(runKey(run));
    // Pods whose run went while nobody led: their finalizer is ours to take off.
    for (const key of watches.keysOfPods()) add(key);
  };
  void watches.whenSynced().then((isSynced) => isSynced && isInTerm && addAll());
  return {
    add(key) {
      if (isInTerm) add(key);
    },
    beginTerm() {
      isInTerm = true;
      parts.memories.clear();
      parts.templates.clear();
      parts.prunedOMJobs.clear();
      addAll();
    },
    async endTerm() {
      isInTerm = false;
      controller.giveUp(new Error('this process leads no more'));
      await Promise.allSettled(running);
    },
    overrunMs: () => controller.overrunMs(),
    queueLength: () => controller.stats().ready,
    stop: () => controller.stop(),
  };
}

/**
 * How long others may have waited before a run's turn comes after theirs, s. What is owed goes before what is under way,
 * that before what is to begin, and last what is only kept: a handler must not wait for the starts of hundreds of runs, and
 * a term that is short must not be used up by those that it began with.
 */
function urgencyOf(watches: Pick<Watches, 'run' | 'podsOfRun'>, key: string): number {
  const run = watches.run(key);
  if (run === undefined) return 0;
  if (isOver(run)) return -60;
  const phase = run.status?.phase;
  if (phase === 'Exiting' || watches.podsOfRun(run).some(hasEnded)) return 60;
  return phase === 'Pending' || phase === 'Running' ? 30 : 0;
}

function hasChanged(looks: readonly Look[]): boolean {
  return looks.some((look) => look.wrote !== undefined || look.actions.length > 0);
}

function resultOf(report: ReconcileReport, looks: readonly Look[]): 'changed' | 'unchanged' | 'error' {
  if (report.outcome !== 'done') return 'error';
  return hasChanged(looks) ? 'changed' : 'unchanged';
}

/** One wide event for each reconcile: at info where something was done, for the rest is noise until one needs it. */
function logReport(
  log: Logger,
  report: ReconcileReport,
  looks: readonly Look[],
  mode: ReconcileParts['mode'],
): void {
  const { key, outcome, durationMs, waitedMs, failures, error } = report;
  const event = { run: key, outcome, durationMs, waitedMs, failures, mode, looks };
  if (outcome !== 'done') log.warn('reconciled a run', { ...event, error });
  else if (hasChanged(looks)) log.info('reconciled a run', event);
  else log.debug('reconciled a run', event);
}
