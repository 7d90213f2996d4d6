import { releaseFinalizer } from '../../actions/releaseFinalizer.ts';
import { readRunNamed } from '../../actions/runKinds.ts';
import { type EffectOptions, targetOf } from '../../actions/target.ts';
import { FINALIZER, LABEL } from '../../core/naming/naming.ts';
import { readRunKey } from '../../core/naming/runKey.ts';
import { isHeld } from '../../core/pod/podFacts.ts';
import type { Run } from '../../core/run/run.ts';
import { pods } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Watches } from '../watches.ts';

/**
 * Takes our finalizer off pods whose run is gone, as somebody removed the run's own by force: nobody will ever record
 * their end, and they would stay terminating. Returns how many. That the run is gone is asked of the API server, not of the cache.
 */
export async function releaseOrphans(
  client: KubeClient,
  watches: Pick<Watches, 'run' | 'podsOfKey'>,
  key: string,
  options: EffectOptions,
): Promise<number> {
  const cachedUid = watches.run(key)?.metadata.uid;
  const held = watches
    .podsOfKey(key)
    .filter((pod) => isHeld(pod) && pod.metadata?.labels?.[LABEL.runUid] !== cachedUid);
  if (held.length === 0) return 0;
  const storedUid = (await storedRun(client, key, options))?.metadata.uid;
  const orphans = held.filter((pod) => pod.metadata?.labels?.[LABEL.runUid] !== storedUid);
  for (const pod of orphans) {
    await releaseFinalizer(client, pods, { ...targetOf(pod), known: pod }, FINALIZER.outcome, options);
  }
  return orphans.length;
}

/** The run of that name as the API server has it now; undefined: there is none. */
export async function storedRun(
  client: KubeClient,
  key: string,
  options: EffectOptions,
): Promise<Run | undefined> {
  return readRunNamed(client, readRunKey(key), options);
}
