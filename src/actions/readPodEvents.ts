import type { Event } from 'kubernetes-types/core/v1.d.ts';
import type { PodEvent } from '../core/decide/decision.ts';
import { events } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';
import { type EffectOptions, withSignal } from './target.ts';

/** More Events than this about one pod are the same few again and again. */
const MAX_EVENTS = 100;

/**
 * What the cluster's components said about one pod, oldest first; at most 100. Throws when they can't be read: no Event
 * and no answer are two things.
 */
export async function readPodEvents(
  client: KubeClient,
  pod: { readonly namespace: string; readonly uid: string },
  options: EffectOptions = {},
): Promise<PodEvent[]> {
  const list = await client.list(events, {
    namespace: pod.namespace,
    fieldSelector: `involvedObject.uid=${pod.uid}`,
    limit: MAX_EVENTS,
    ...withSignal(options),
  });
  return list.items.map(podEvent).sort((a, b) => a.at - b.at);
}

/** An Event as facts. Those of the older form have lastTimestamp and source, those of the newer one eventTime, series and reportingComponent. */
export function podEvent(event: Event): PodEvent {
  const last = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime;
  const at = Date.parse(last ?? event.metadata.creationTimestamp ?? '');
  const container = /^spec\.\w*[cC]ontainers\{(.+)\}$/.exec(event.involvedObject.fieldPath ?? '')?.[1];
  return {
    type: event.type ?? 'Normal',
    reason: event.reason ?? '',
    message: event.message ?? '',
    count: event.series?.count ?? event.count ?? 1,
    at: Number.isNaN(at) ? 0 : at,
    source: event.source?.component || event.reportingComponent || '',
    ...(container === undefined ? {} : { container }),
  };
}
