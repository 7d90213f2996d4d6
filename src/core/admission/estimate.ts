import type { QueueIndex, ResolvedQueue } from '../queue/resolveQueue.ts';
import { timeOf } from '../run/conditions.ts';
import type { Run } from '../run/run.ts';
import { type Demand, queueNameOf } from './demand.ts';
import { inOrder, subjectKeyOf } from './order.ts';

/** So many of the last runs of a queue tell how long one takes: enough to forget an odd one, few enough to follow a change. */
const SAMPLE = 25;

interface Facts {
  readonly runs: readonly Run[];
  readonly now: number;
}

/** When each slot of a limit is free next, ms since the epoch. */
type Slots = number[];

/**
 * When waiting runs may start, ms since the epoch, by UID: every run takes as long as the median of the last ones of its
 * queue, and each waiting one takes the first slot that is free under all limits and its key. Left out: queues that
 * have nothing to tell it from. A guess for people; nothing is decided by it.
 */
export function estimateStarts(
  { runs, now }: Facts,
  demands: readonly Demand[],
  queues: QueueIndex,
): ReadonlyMap<string, number> {
  const typical = typicalDurations(runs, queues);
  const admittedAt = new Map(
    runs.map((run) => [run.metadata.uid ?? '', timeOf(run.status?.timeline.admittedAt)]),
  );
  const lines = new Map<string, Line>();
  const keys = new Map<string, number>();
  for (const demand of demands) {
    const queue = queues.find(demand.queue, demand.namespace);
    const duration = queue === undefined ? undefined : typical.get(queue.id);
    if (queue === undefined || duration === undefined || queue.spec.maxRunning === 0) continue;
    const limits = () => new Limits(queue, now, demands.length);
    const line = lines.get(queue.id) ?? { queue, duration, limits: limits(), waiting: [] };
    lines.set(queue.id, line);
    if (demand.standing === 'new' || demand.standing === 'waiting') line.waiting.push(demand);
    else {
      const end = Math.max(now, (admittedAt.get(demand.uid) ?? now) + duration);
      if (demand.standing === 'main') line.limits.take(demand, end);
      if (demand.dedupe !== undefined) keys.set(demand.dedupe.key, end);
    }
  }
  return new Map([...lines.values()].flatMap((line) => startsOf(line, keys, now)));
}

interface Line {
  readonly queue: ResolvedQueue;
  readonly duration: number;
  readonly limits: Limits;
  readonly waiting: Demand[];
}

function startsOf({ queue, duration, limits, waiting }: Line, keys: Map<string, number>, now: number) {
  return inOrder(waiting, queue.spec.order, () => 0).map((demand): [string, number] => {
    const key = demand.dedupe?.key;
    const keyFreeAt = key === undefined ? now : (keys.get(key) ?? now);
    const start = Math.max(limits.freeAt(demand), keyFreeAt, demand.retryAt ?? now);
    limits.take(demand, start + duration);
    if (key !== undefined) keys.set(key, start + duration);
    return [demand.uid, start];
  });
}

/** The limits of one queue as slots that become free. */
class Limits {
  readonly #queue: ResolvedQueue;
  readonly #now: number;
  /** More slots than runs are never taken. */
  readonly #most: number;
  readonly #slots = new Map<string, Slots>();

  constructor(queue: ResolvedQueue, now: number, most: number) {
    this.#queue = queue;
    this.#now = now;
    this.#most = most;
  }

  freeAt(demand: Demand): number {
    return Math.max(this.#now, ...this.#of(demand).map((slots) => slots[firstFree(slots)] ?? this.#now));
  }

  take(demand: Demand, until: number): void {
    for (const slots of this.#of(demand)) slots[firstFree(slots)] = until;
  }

  #of(demand: Demand): Slots[] {
    const { maxRunning, maxRunningPerNamespace, maxRunningPerSubject } = this.#queue.spec;
    const limits: [string, number | undefined][] = [
      ['queue', maxRunning],
      [`namespace ${demand.namespace}`, maxRunningPerNamespace],
      [`subject ${subjectKeyOf(demand)}`, demand.subject === undefined ? undefined : maxRunningPerSubject],
    ];
    return limits.flatMap(([name, max]) =>
      max === undefined ? [] : [this.#slotsOf(name, Math.min(max, this.#most))],
    );
  }

  #slotsOf(name: string, max: number): Slots {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    const slots = Array.from({ length: max }, () => this.#now);
    this.#slots.set(name, slots);
    return slots;
  }
}

function firstFree(slots: Slots): number {
  return slots.reduce((first, at, index) => (at < (slots[first] ?? at) ? index : first), 0);
}

/** Median ms from admission to the end of main, by queue id. */
function typicalDurations(runs: readonly Run[], queues: QueueIndex): Map<string, number> {
  const ended = new Map<string, { readonly at: number; readonly took: number }[]>();
  for (const { metadata, spec, status } of runs) {
    const from = timeOf(status?.timeline.admittedAt);
    const at = timeOf(status?.timeline.finishedAt);
    const queue = queues.find(queueNameOf(spec), metadata.namespace ?? '');
    if (from === undefined || at === undefined || at < from || queue === undefined) continue;
    const ends = ended.get(queue.id) ?? [];
    ended.set(queue.id, ends);
    ends.push({ at, took: at - from });
  }
  return new Map([...ended].map(([id, ends]) => [id, median(ends)]));
}

function median(ends: readonly { readonly at: number; readonly took: number }[]): number {
  const last = [...ends].sort((a, b) => b.at - a.at).slice(0, SAMPLE);
  const sorted = last.map(({ took }) => took).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
