import type { ResolvedQueue } from '../queue/resolveQueue.ts';
import { timeText } from '../run/conditions.ts';
import type { Demand } from './demand.ts';
import type { Ledger } from './ledger.ts';
import { byAge } from './order.ts';
import type { WaitReason } from './word.ts';

/** What keeps a run from starting. */
export interface Hold {
  readonly reason: WaitReason;
  readonly message: string;
  /** How many run of how many, where a limit of the queue is what holds it. */
  readonly limit?: { readonly running: number; readonly max: number };
}

/** What keeps this run from starting now; undefined: nothing does. */
export function holdOf(demand: Demand, queue: ResolvedQueue, ledger: Ledger, now: number): Hold | undefined {
  return retryHold(demand, now) ?? keyHold(demand, ledger) ?? limitHold(demand, queue, ledger);
}

/** The wait between two attempts. */
export function retryHold({ standing, retryAt }: Demand, now: number): Hold | undefined {
  return standing === 'waiting' && retryAt !== undefined && retryAt > now
    ? { reason: 'RetryWaits', message: `its next attempt may start at ${timeText(retryAt)}` }
    : undefined;
}

function keyHold(demand: Demand, ledger: Ledger): Hold | undefined {
  const { dedupe } = demand;
  if (dedupe === undefined) return undefined;
  const holder = ledger.otherHolder(demand);
  const other = holder ?? (dedupe.policy === 'Replace' ? olderActive(demand, ledger) : undefined);
  if (other === undefined) return undefined;
  const message =
    dedupe.policy === 'Replace' && isBefore(other, demand)
      ? `it takes the place of run ${other.name} (${dedupe.text}), which has not ended yet, its exit handler included`
      : `run ${other.name} has its key (${dedupe.text}) and has not ended yet`;
  return { reason: 'DuplicateWaits', message };
}

/** Whether an accepted run is to end what has its key. */
export function takesPlace({ dedupe, standing, isStopping, isLeftAlone }: Demand): boolean {
  return dedupe?.policy === 'Replace' && standing === 'waiting' && !isStopping && !isLeftAlone;
}

/**
 * Runs that a run which takes another's place ends: those of its key that were there before it. Of one whose handler is
 * all that is left, and of one that only a newer version understands, the end is only waited for.
 */
export function superseded(demand: Demand, ledger: Ledger): Demand[] {
  return [...ledger.othersActive(demand)].filter(
    (other) =>
      isBefore(other, demand) && !other.isStopping && !other.isLeftAlone && other.standing !== 'exiting',
  );
}

function olderActive(demand: Demand, ledger: Ledger): Demand | undefined {
  for (const other of ledger.othersActive(demand)) if (isBefore(other, demand)) return other;
  return undefined;
}

/** One that has started was there before, whatever the stamps say. */
function isBefore(other: Demand, demand: Demand): boolean {
  return other.standing === 'main' || other.standing === 'exiting' || byAge(other, demand) < 0;
}

type LimitName = 'maxRunning' | 'maxRunningPerNamespace' | 'maxRunningPerSubject';

/** One limit of a queue: what it counts, and of whom. */
interface LimitRule {
  readonly name: LimitName;
  readonly who: (demand: Demand) => string;
  readonly count: (ledger: Ledger, queue: ResolvedQueue, demand: Demand) => number;
}

/** In the order in which they are told. */
const LIMITS: readonly LimitRule[] = [
  { name: 'maxRunning', who: () => '', count: (ledger, queue) => ledger.running(queue) },
  {
    name: 'maxRunningPerNamespace',
    who: ({ namespace }) => `namespace ${namespace} in `,
    count: (ledger, queue, demand) => ledger.runningOfNamespace(queue, demand),
  },
  {
    name: 'maxRunningPerSubject',
    who: ({ subject = '' }) => `subject ${subject} in `,
    // A run without a subject shares it with nobody.
    count: (ledger, queue, demand) =>
      demand.subject === undefined ? 0 : ledger.runningOfSubject(queue, demand),
  },
];

function limitHold(demand: Demand, queue: ResolvedQueue, ledger: Ledger): Hold | undefined {
  for (const { name, who, count } of LIMITS) {
    const max = queue.spec[name];
    const running = max === undefined ? 0 : count(ledger, queue, demand);
    if (max !== undefined && running >= max) {
      const message = `${who(demand)}queue ${queue.name} runs ${running} of at most ${max} (${name})`;
      return { reason: 'LimitReached', message, limit: { running, max } };
    }
  }
  return undefined;
}

/** Whether nobody at all can start in a queue. */
export function isFull(queue: ResolvedQueue, ledger: Ledger): boolean {
  const { maxRunning } = queue.spec;
  return maxRunning !== undefined && ledger.running(queue) >= maxRunning;
}
