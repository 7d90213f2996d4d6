import type { QueueSpec } from '../queue/queue.ts';
import type { Demand } from './demand.ts';

/** Whoever was first; stamps of one second are told apart by name, so that the order is the same each time. */
export function byAge(a: Demand, b: Demand): number {
  return a.createdAt - b.createdAt || compareText(a.name, b.name) || compareText(a.uid, b.uid);
}

/** Higher priority first, then age. */
export function byPriority(a: Demand, b: Demand): number {
  return b.priority - a.priority || byAge(a, b);
}

/**
 * The order in which runs of a queue are offered a slot. FairBySubject: each takes its place after as many as its subject
 * has running and ahead of it, so that subjects take turns; of one subject by priority and age.
 *
 * @param running how many runs of the subject of this one hold a slot of the queue
 */
export function inOrder(
  demands: readonly Demand[],
  order: QueueSpec['order'],
  running: (demand: Demand) => number,
): Demand[] {
  const sorted = [...demands].sort(byPriority);
  if (order !== 'FairBySubject') return sorted;
  const ahead = new Map<string, number>();
  const ranked = sorted.map((demand) => {
    const subject = subjectKeyOf(demand);
    const rank = ahead.get(subject) ?? running(demand);
    ahead.set(subject, rank + 1);
    return { demand, rank };
  });
  return ranked.sort((a, b) => a.rank - b.rank || byPriority(a.demand, b.demand)).map(({ demand }) => demand);
}

/** What counts as one subject: runs of a namespace that have none are one together. */
export function subjectKeyOf({ namespace, subject = '' }: Demand): string {
  return `${namespace}\n${subject}`;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
