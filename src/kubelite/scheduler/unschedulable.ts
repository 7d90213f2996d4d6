import type { Misfit } from './fitNode.ts';

/** The scheduler's sentence for a pod that fits none of its nodes. */
export function unschedulableSentence(misfits: readonly Misfit[]): string {
  const total = misfits.length;
  if (total === 0) return 'no nodes available to schedule pods';
  const why = countReasons(misfits.flatMap((one) => one.reasons));
  return `0/${total} nodes are available: ${why}. preemption: 0/${total} nodes are available: ${preemption(misfits)}.`;
}

/** Nothing is preempted here, whatever its priority. */
function preemption(misfits: readonly Misfit[]): string {
  const helpful = misfits.filter((one) => one.preemptible).length;
  const hopeless = misfits.length - helpful;
  const parts: string[] = [];
  if (helpful > 0) parts.push(`${helpful} No preemption victims found for incoming pod`);
  if (hopeless > 0) parts.push(`${hopeless} Preemption is not helpful for scheduling`);
  return parts.join(', ');
}

/** `1 Insufficient cpu, 2 Too many pods`: sorted as the scheduler sorts, by the text with its number. */
function countReasons(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}
