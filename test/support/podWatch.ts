import { setTimeout as delay } from 'node:timers/promises';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { pods } from '../../src/kube/resources.ts';
import type { KubeClient } from '../../src/kube/types.ts';

const PAUSE_MS = 100;

/** A watch that was begun. */
export interface PodWatch {
  stop(): Promise<void>;
}

/** Shows every state of a namespace's pods to `see`, as a watch independent of the product sees it, until it is stopped. */
export function watchPods(client: KubeClient, namespace: string, see: (pod: Pod) => void): PodWatch {
  const stopped = new AbortController();
  const watching = (async () => {
    while (!stopped.signal.aborted) {
      await watchOnce(client, namespace, see, stopped.signal).catch(() => delay(PAUSE_MS));
    }
  })();
  return {
    async stop() {
      stopped.abort();
      await watching;
    },
  };
}

async function watchOnce(
  client: KubeClient,
  namespace: string,
  see: (pod: Pod) => void,
  signal: AbortSignal,
): Promise<void> {
  const options = { namespace, sendInitialEvents: true, allowBookmarks: true, signal };
  for await (const event of client.watch(pods, options)) if (event.type !== 'BOOKMARK') see(event.object);
}
