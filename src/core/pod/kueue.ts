import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { isGated } from './podFacts.ts';

/** What the names of Kueue's scheduling gates begin with. */
const KUEUE = 'kueue.x-k8s.io/';

/** Whether Kueue holds a pod back that we let through: its label asked for that. */
export function isHeldByKueue(pod: Pod): boolean {
  const gates = pod.spec?.schedulingGates ?? [];
  return !isGated(pod) && gates.some(({ name }) => name.startsWith(KUEUE));
}
