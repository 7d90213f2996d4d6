import type { EffectOptions } from '../actions/target.ts';
import { StatusDroppedError } from '../actions/writeRunStatus.ts';
import { decide } from '../core/decide/decide.ts';
import type { Decision } from '../core/decide/decision.ts';
import { FINALIZER } from '../core/naming/naming.ts';
import { isTerminal } from '../core/run/phases.ts';
import type { Run } from '../core/run/run.ts';
import type { ReconcileResult } from '../kube/queue/controller.ts';
import { type ApplyParts, type ApplyResult, apply } from './apply.ts';
import { leaveToNewer, type NewerParts } from './leaveToNewer.ts';
import { type Observation, type ObserveParts, OVERDUE_MS, observe } from './observe.ts';
import type { PrunedOMJobs } from './prunedOMJobs.ts';
import { releaseOrphans } from './sweep/releaseOrphans.ts';
import type { Watches } from './watches.ts';

/**
 * Looks in one reconcile: each of holding the run, making its pod, reading a log and asking after a pod needs one more,
 * and so does each conflict. Beyond that somebody writes faster than we do, and a pause helps more than haste.
 */
const MAX_LOOKS = 12;

/** What a reconcile needs. */
export interface ReconcileParts extends ObserveParts, ApplyParts, Omit<NewerParts, 'watches'> {
  readonly watches: Watches;
  readonly prunedOMJobs: Pick<PrunedOMJobs, 'restMs' | 'dropped'>;
  /** `observe`: decisions are made and reported, and nothing is written. */
  readonly mode: 'act' | 'observe';
  /** What to do next with a run; default: the rules of `core`. */
  readonly decide?: typeof decide;
  /** Looks at the clock: a process that was paused must notice that its time is over before it writes. */
  readonly mayAct: () => boolean;
}

/**
 * One run is brought on as far as it goes now: observe, decide, apply, and again while that brings something new.
 * `looks` gets what was seen and decided, also when it ends with an error.
 */
export async function reconcileRun(
  parts: ReconcileParts,
  key: string,
  looks: Look[],
  options: EffectOptions,
): Promise<ReconcileResult> {
  if (!parts.mayAct()) return {};
  if (parts.mode === 'act') await releaseOrphans(parts.client, parts.watches, key, options);
  let cause: unknown;
  while (looks.length < MAX_LOOKS) {
    if (leaveToNewer(parts, key)) return {};
    const observation = await observe(parts, key, options);
    if (!observation) {
      if (!parts.watches.run(key)) parts.memories.forget(key);
      return {};
    }
    const now = parts.client.serverNow();
    const restMs =
      parts.mode === 'act' ? await parts.prunedOMJobs.restMs(observation.snapshot.run, options) : undefined;
    if (restMs !== undefined) return { wakeAtMs: now + restMs };
    const pause = observation.memory.pausedUntil(observation.snapshot.run, now);
    if (pause !== undefined && parts.mode === 'act') return { wakeAtMs: pause };
    const decision = (parts.decide ?? decide)(observation.snapshot, now);
    looks.push(lookOf(observation, decision));
    if (parts.mode === 'observe' || !parts.mayAct()) return settled(parts, key, decision);
    const result = await applied(parts, observation, decision, options);
    if (result.kind === 'left') return { wakeAtMs: now + result.restMs };
    if (result.kind === 'settled') return settled(parts, key, decision);
    cause = result.kind === 'conflict' ? result.error : undefined;
  }
  throw new Error(`reconciling run ${key}: not settled after ${MAX_LOOKS} looks`, { cause });
}

/** What came of a decision. Where the API server kept nothing of the status, the run is left alone: each try would be a write that wakes it again. */
async function applied(
  parts: ReconcileParts,
  observation: Observation,
  decision: Decision,
  options: EffectOptions,
): Promise<ApplyResult | { readonly kind: 'left'; readonly restMs: number }> {
  try {
    return await apply(parts, observation, decision, options);
  } catch (error) {
    if (!(error instanceof StatusDroppedError)) throw error;
    return { kind: 'left', restMs: parts.prunedOMJobs.dropped(observation.snapshot.run) };
  }
}

/** What the wide event keeps of one look at a run. */
export interface Look {
  readonly uid: string;
  readonly phase: string;
  readonly wrote: string | undefined;
  readonly actions: readonly string[];
  readonly trace: readonly string[];
}

function lookOf({ snapshot }: Observation, decision: Decision): Look {
  return {
    uid: snapshot.run.metadata.uid ?? '',
    phase: snapshot.run.status?.phase ?? 'none',
    wrote: decision.status && `${decision.status.phase} (revision ${decision.status.revision})`,
    actions: decision.actions.map((action) => action.kind),
    trace: decision.trace.map(({ step, said }) => `${step}: ${said}`),
  };
}

function settled(parts: ReconcileParts, key: string, decision: Decision): ReconcileResult {
  const wakes = decision.wakeAt === undefined ? [] : [decision.wakeAt];
  const run = parts.watches.run(key);
  if (run && isOver(run)) parts.memories.forget(key);
  else if (run && awaitsPods(parts, key, run)) wakes.push(parts.client.serverNow() + OVERDUE_MS);
  return wakes.length > 0 ? { wakeAtMs: Math.min(...wakes) } : {};
}

/** Nothing of it is left to do, by the cache: finished runs are many, and there is nothing to remember of them. */
export function isOver(run: Run): boolean {
  return isTerminal(run.status?.phase) && !run.metadata.finalizers?.includes(FINALIZER.exitOwed);
}

function awaitsPods(parts: ReconcileParts, key: string, run: Run): boolean {
  const memory = parts.memories.of(key, run.metadata.uid ?? '');
  return memory.overduePods(parts.watches.podsOfRun(run), Number.POSITIVE_INFINITY).length > 0;
}
