import type { ResolvedQueue } from '../queue/resolveQueue.ts';
import { timeText } from '../run/conditions.ts';
import type { Demand } from './demand.ts';
import type { Hold } from './hold.ts';
import type { Ledger } from './ledger.ts';
import type { AdmissionWord } from './word.ts';

/** How the run of a key that ended last came out. */
export interface LastEnd {
  readonly name: string;
  readonly hasFailed: boolean;
  /** ms since the epoch. */
  readonly at: number;
}

type Refusal = AdmissionWord & { readonly kind: 'refused' };

/** Why a run that is not accepted yet is not taken for the sake of its key; undefined: its key has nothing against it. */
export function keyRefusal(
  demand: Demand,
  ledger: Ledger,
  lastEnd: LastEnd | undefined,
  now: number,
): Refusal | undefined {
  const { dedupe } = demand;
  if (dedupe === undefined || demand.standing !== 'new') return undefined;
  const other = ledger.otherActive(demand);
  if (other !== undefined && dedupe.policy === 'Join') {
    const message = `run ${other.name} does the same (${dedupe.text}) and has not ended: this one points to it`;
    return { kind: 'refused', reason: 'Joined', message, other: other.name };
  }
  if (other !== undefined && dedupe.policy === 'Reject') {
    const message = `run ${other.name} has the same key (${dedupe.text}) and has not ended`;
    return { kind: 'refused', reason: 'DuplicateRejected', message, other: other.name };
  }
  return backoff(demand, lastEnd, now);
}

function backoff({ dedupe }: Demand, lastEnd: LastEnd | undefined, now: number): Refusal | undefined {
  if (dedupe === undefined || lastEnd === undefined || !lastEnd.hasFailed) return undefined;
  const retryAt = lastEnd.at + dedupe.afterFailureSeconds * 1000;
  if (now >= retryAt) return undefined;
  const message = `run ${lastEnd.name} of the same key (${dedupe.text}) failed at ${timeText(lastEnd.at)}: the next one is taken from ${timeText(retryAt)} on (dedupe.afterFailureSeconds: ${dedupe.afterFailureSeconds})`;
  return { kind: 'refused', reason: 'BackoffAfterFailure', message, retryAt };
}

/** Why a queue does not take a run that would have to wait; undefined: it takes it. */
export function fullRefusal(
  queue: ResolvedQueue,
  hold: Hold | undefined,
  ledger: Ledger,
): Refusal | undefined {
  const { whenFull, maxQueued } = queue.spec;
  if (whenFull === 'Reject' && hold?.limit !== undefined) {
    const { running, max } = hold.limit;
    // The words of the build system whose clients look for them.
    const message = `concurrent job limit reached: ${running} active jobs, max allowed: ${max} (${hold.message})`;
    return { kind: 'refused', reason: 'QueueFull', message };
  }
  const queued = ledger.queued(queue);
  if (maxQueued === undefined || queued < maxQueued) return undefined;
  const message = `${queued} runs wait in queue ${queue.name}, ${maxQueued} at most (maxQueued)`;
  return { kind: 'refused', reason: 'QueueFull', message };
}
