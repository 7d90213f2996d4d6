import type { Event } from 'kubernetes-types/core/v1.d.ts';
import { FAILED_HOOKS } from '../../actions/pipeline/failedHooks.ts';
import { podEvent } from '../../actions/readPodEvents.ts';
import type { PipelineSettings } from '../../core/pipeline/pipelineSettings.ts';
import { hasPipelineHook } from '../../core/pipeline/preStopHooks.ts';
import { events } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import { createInformer } from '../../kube/watch/informer.ts';
import type { Change } from '../../kube/watch/store.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';

/** What watching needs. */
export interface HookWatch {
  readonly client: Pick<KubeClient, 'listAll' | 'watch'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly pipelines: Pick<PipelineSettings, 'engine' | 'namespace'>;
  /** Called for hooks that failed since the watch began. */
  readonly onFailed: (count: number) => void;
}

/**
 * Watches for preStop hooks of pipelines that fail: on the native engine they are what reports the end of a run that is killed,
 * and nothing but an Event tells of their failure. Pods of the guaranteed engine have none: there, nothing is watched. Returns
 * how to stop.
 */
export function watchHooks(watch: HookWatch): () => Promise<void> {
  const { client, clock, random, log, pipelines } = watch;
  if (pipelines.engine !== 'native') return async () => {};
  const informer = createInformer<Event>({
    client,
    resource: events,
    scope: { namespace: pipelines.namespace, fieldSelector: FAILED_HOOKS },
    clock,
    random,
    onError: (error) => log.warn('watching preStop hooks failed; it goes on by itself', { err: error }),
    onHandlerError: (error) => log.error('counting failed preStop hooks failed', { err: error }),
  });
  informer.onChange((change) => tell(watch, change));
  informer.start();
  return () => informer.stop();
}

function tell({ log, pipelines, onFailed }: HookWatch, change: Change<Event>): void {
  // What was there before has been counted by whoever watched then.
  if (change.kind === 'deleted' || (change.kind === 'added' && change.initial)) return;
  const pod = change.object.involvedObject.name ?? '';
  if (!hasPipelineHook(pod)) return;
  const { count, message } = podEvent(change.object);
  const before = change.kind === 'updated' ? podEvent(change.previous).count : 0;
  if (count <= before) return;
  log.warn('the preStop hook of a pipeline failed', { namespace: pipelines.namespace, pod, event: message });
  onFailed(count - before);
}
