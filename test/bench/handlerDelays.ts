import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { LABEL } from '../../src/core/naming/naming.ts';
import { pods } from '../../src/kube/resources.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { eventually } from '../support/eventually.ts';

/**
 * How long it took from main's end to its exit pod, in ms, of so many runs one after the other, as one watcher of all pods sees
 * it: main's container terminated, then the exit pod there. `live` lives through one run, which has a handler.
 */
export async function handlerDelays(
  client: KubeClient,
  times: number,
  live: (number: number) => Promise<unknown>,
): Promise<number[]> {
  const ended = new Map<string, number>();
  const delays: number[] = [];
  const stop = new AbortController();
  const watching = watchPods(client, stop.signal, (pod) => {
    const run = pod.metadata?.labels?.[LABEL.runUid] ?? '';
    const isMain = pod.metadata?.labels?.[LABEL.stage] === 'main';
    if (isMain && pod.status?.containerStatuses?.[0]?.state?.terminated && !ended.has(run))
      ended.set(run, performance.now());
    const end = ended.get(run);
    if (isMain || end === undefined || end < 0) return;
    delays.push(performance.now() - end);
    ended.set(run, -1);
  });
  for (let number = 0; number < times; number += 1) await live(number);
  await eventually(() => delays.length >= times, 'all exit pods to be seen');
  stop.abort();
  await watching;
  return delays;
}

async function watchPods(client: KubeClient, signal: AbortSignal, see: (pod: Pod) => void): Promise<void> {
  const { resourceVersion } = await client.list(pods, { namespace: 'default' });
  try {
    for await (const event of client.watch(pods, { namespace: 'default', resourceVersion, signal }))
      if (event.type !== 'BOOKMARK' && event.type !== 'DELETED') see(event.object);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
