import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { foreignSelectors } from '../../actions/foreignPods.ts';
import type { Subject } from '../../core/run/run.ts';
import { pods as podResource } from '../../kube/resources.ts';
import { createInformer } from '../../kube/watch/informer.ts';
import { sleep } from '../../ports/clock.ts';
import type { Api } from '../http/api.ts';

/** Where the pods of a kill were found. */
interface Place {
  readonly namespace: string;
  readonly subject: Subject;
}

/**
 * UIDs of those of `killed` that are still there after the wait, which ends as soon as none is. They are watched by the
 * labels by which they were found.
 */
export async function podsGone(
  api: Api,
  place: Place,
  killed: readonly Pod[],
  waitSeconds: number,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const left = new Set(killed.map(({ metadata }) => metadata?.uid ?? ''));
  if (left.size === 0 || waitSeconds === 0) return left;
  const allGone = new AbortController();
  const informers = foreignSelectors(place.subject).map((labelSelector) =>
    watchPods(api, { namespace: place.namespace, labelSelector }),
  );
  const look = () => {
    if (!informers.every((informer) => informer.hasSynced())) return;
    const seen = new Set(informers.flatMap(({ store }) => store.list().map(({ metadata }) => metadata?.uid)));
    for (const uid of left) if (!seen.has(uid)) left.delete(uid);
    if (left.size === 0) allGone.abort();
  };
  try {
    for (const informer of informers) {
      informer.onChange(look);
      informer.start();
      void informer.whenSynced().then(look);
    }
    await sleep(api.clock, waitSeconds * 1000, AbortSignal.any([allGone.signal, signal])).catch(() => {});
  } finally {
    await Promise.all(informers.map((informer) => informer.stop()));
  }
  return left;
}

function watchPods({ client, clock, random, log }: Api, scope: { namespace: string; labelSelector: string }) {
  return createInformer<Pod>({
    client,
    resource: podResource,
    scope,
    clock,
    random,
    onError: (error) => log.warn('watching pods of a killed subject failed; it goes on', { err: error }),
  });
}
