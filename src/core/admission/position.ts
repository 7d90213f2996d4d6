import type { Queue } from '../queue/queue.ts';
import { QueueIndex, type ResolvedQueue } from '../queue/resolveQueue.ts';
import type { Run } from '../run/run.ts';
import { type Demand, demandOf } from './demand.ts';
import { estimateStarts } from './estimate.ts';
import { retryHold } from './hold.ts';
import { inOrder, subjectKeyOf } from './order.ts';
import { admissionPass } from './pass.ts';
import type { AdmissionWord } from './word.ts';

/** What positions are told from: everything in the cluster, as one process sees it. */
export interface AdmissionView {
  readonly runs: readonly Run[];
  readonly queues: readonly Queue[];
  /** Where queues are found that the run's own namespace does not have. */
  readonly operatorNamespace: string;
  /** API server's time, ms since the epoch. */
  readonly now: number;
}

/** Where a waiting run stands. */
export interface QueuePosition {
  /** Name of its queue. */
  readonly queue: string;
  /** Namespace of the Queue object; undefined: built in, or there is none of that name. */
  readonly queueNamespace: string | undefined;
  /** 1: it is the next one to start as soon as what holds it lets go. */
  readonly position: number;
  /** Runs that wait in this queue, this one included. */
  readonly waiting: number;
  readonly reason: 'LimitReached' | 'DuplicateWaits' | 'QueueMissing' | 'RetryWaits' | 'Starting';
  /** What holds it, as one sentence. */
  readonly message: string;
  /** When it may start, ms since the epoch, from how long the last runs of the queue took; undefined: nothing to tell it from. */
  readonly estimatedStartAt: number | undefined;
}

/** One queue, for a list. */
export interface QueueSummary {
  readonly name: string;
  /** Undefined: built in. */
  readonly namespace: string | undefined;
  readonly spec: Queue['spec'];
  readonly running: number;
  readonly queued: number;
  /** ms since the epoch. */
  readonly oldestQueuedAt: number | undefined;
}

/** Where every waiting run stands, by UID. The leader decides by the same rules; this only tells. */
export function queuePositions(view: AdmissionView): ReadonlyMap<string, QueuePosition> {
  const { queues, demands, pass } = overview(view);
  const lines = new Map<string, { readonly queue: ResolvedQueue | undefined; readonly demands: Demand[] }>();
  for (const demand of demands) {
    const isWaiting = demand.standing === 'new' || demand.standing === 'waiting';
    if (!isWaiting || pass.words.get(demand.uid)?.kind === 'refused') continue;
    const queue = queues.find(demand.queue, demand.namespace);
    const id = queue?.id ?? `${demand.namespace}/${demand.queue}`;
    const line = lines.get(id) ?? { queue, demands: [] };
    lines.set(id, line);
    line.demands.push(demand);
  }
  const estimates = estimateStarts(view, demands, queues);
  const positions = new Map<string, QueuePosition>();
  for (const { queue, demands: waiting } of lines.values()) {
    const order = inOrder(waiting, queue?.spec.order, runningOf(demands, queue, queues));
    order.forEach((demand, index) => {
      positions.set(demand.uid, {
        queue: demand.queue,
        queueNamespace: queue?.namespace,
        position: index + 1,
        waiting: order.length,
        ...heldBy(pass.words.get(demand.uid) ?? retryWord(demand, view.now)),
        estimatedStartAt: estimates.get(demand.uid),
      });
    });
  }
  return positions;
}

/** Every queue there is, with what it holds, in order of name. */
export function queueSummaries(view: AdmissionView): QueueSummary[] {
  const { queues, pass } = overview(view);
  return queues.all().map(({ id, name, namespace, spec }) => {
    const { running = 0, queued = 0, oldestQueuedAt } = pass.counts.get(id) ?? {};
    return { name, namespace, spec, running, queued, oldestQueuedAt };
  });
}

function overview({ runs, queues: objects, operatorNamespace, now }: AdmissionView) {
  const queues = new QueueIndex(objects, operatorNamespace);
  const demands = runs.map((run) => demandOf(run, now)).filter((demand) => demand !== undefined);
  const pass = admissionPass({
    demands,
    lastEnds: new Map(),
    queues,
    grants: new Map(),
    isJudged: () => true,
    isMissing: () => false,
    turns: new Map(),
    now,
  });
  return { queues, demands, pass };
}

function runningOf(demands: readonly Demand[], queue: ResolvedQueue | undefined, queues: QueueIndex) {
  const counts = new Map<string, number>();
  for (const demand of demands) {
    if (demand.standing !== 'main' || queues.find(demand.queue, demand.namespace)?.id !== queue?.id) continue;
    const subject = subjectKeyOf(demand);
    counts.set(subject, (counts.get(subject) ?? 0) + 1);
  }
  return (demand: Demand) => counts.get(subjectKeyOf(demand)) ?? 0;
}

/** A run that no limit and no key concerns can wait for its next attempt all the same. */
function retryWord(demand: Demand, now: number): AdmissionWord | undefined {
  const hold = retryHold(demand, now);
  return hold === undefined ? undefined : { kind: 'waits', reason: hold.reason, message: hold.message };
}

function heldBy(word: AdmissionWord | undefined): Pick<QueuePosition, 'reason' | 'message'> {
  return word?.kind === 'waits'
    ? { reason: word.reason, message: word.message }
    : { reason: 'Starting', message: 'nothing holds it: it is about to start' };
}
