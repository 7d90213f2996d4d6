import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { GATE } from '../core/naming/naming.ts';
import { pods } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';
import { removeListItem } from './removeListItem.ts';
import type { EffectOptions, Target } from './target.ts';

/**
 * Ends the record of who set which field: the API server keeps none from the next write on. It is a third of a pod's
 * bytes and a sixth of the API server's work on one, and nobody applies to a pod that lives for one attempt.
 */
const FORGET_MANAGERS = { op: 'add', path: '/metadata/managedFields', value: [{}] } as const;

/**
 * Lets a main pod be scheduled. Only for a UID that the stored status names: from here on its containers may start.
 * Returns the pod without the gate, undefined when it is gone. Other gates stay. Safe to repeat.
 */
export async function ungatePod(
  client: KubeClient,
  target: Target & { readonly known?: Pod },
  options: EffectOptions = {},
): Promise<Pod | undefined> {
  return removeListItem(
    client,
    pods,
    target,
    {
      path: '/spec/schedulingGates',
      items: (pod) => pod.spec?.schedulingGates ?? [],
      isItem: (gate) => (gate as { name?: string }).name === GATE,
      alongside: [FORGET_MANAGERS],
    },
    options,
  );
}
