import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { readFresh } from '../actions/readFresh.ts';
import { type EffectOptions, targetOf } from '../actions/target.ts';
import type { NodeFacts } from '../core/decide/decision.ts';
import { hasEnded, isLostWithNode } from '../core/pod/podFacts.ts';
import { pods } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';
import type { Clock } from '../ports/clock.ts';
import type { RunMemory } from './runMemory.ts';
import { trimPod } from './trimObjects.ts';
import type { Watches } from './watches.ts';

interface Parts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly watches: Pick<Watches, 'nodes'>;
}

/**
 * Facts of the nodes of pods that may still run. A pod that seems lost with its node is read past the cache first: its end may
 * have been reported just before the node went, and a main that succeeded is not to be run again. The answer stands in
 * `memory`; of a pod that is gone by then the watch will tell.
 */
export async function observeNodes(
  parts: Parts,
  seen: readonly Pod[],
  memory: RunMemory,
  options: EffectOptions,
): Promise<ReadonlyMap<string, NodeFacts>> {
  const living = seen.filter((pod) => !hasEnded(pod));
  const names = living.flatMap(({ spec }) => spec?.nodeName ?? []);
  const facts = await parts.watches.nodes.factsOf(names, options);
  for (const pod of living) {
    const name = pod.spec?.nodeName ?? '';
    if (!isLostWithNode(pod, facts.get(name))) continue;
    const found = await readFresh(parts.client, pods, targetOf(pod), options);
    if (found) memory.confirmPod(trimPod(found), parts.clock.monotonic());
    else facts.delete(name);
  }
  return facts;
}
