import type { Event } from 'kubernetes-types/core/v1.d.ts';
import { FAILED_HOOK_EVENT, type FailedHook } from '../../core/pipeline/preStopHooks.ts';
import { events } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import { listPages } from '../listPages.ts';
import { podEvent } from '../readPodEvents.ts';
import type { EffectOptions } from '../target.ts';

/** Selects the Events about pods whose preStop hook failed; they stay for an hour where the cluster sets nothing else. */
export const FAILED_HOOKS: string = `involvedObject.kind=Pod,reason=${FAILED_HOOK_EVENT}`;

/** The preStop hooks of a namespace that failed lately. Throws when the Events can't be read. */
export async function listFailedHooks(
  client: KubeClient,
  namespace: string,
  options: EffectOptions = {},
): Promise<FailedHook[]> {
  const failed: FailedHook[] = [];
  const scope = { namespace, fieldSelector: FAILED_HOOKS };
  for await (const event of listPages(client, events, scope, options)) failed.push(failedHook(event));
  return failed;
}

function failedHook(event: Event): FailedHook {
  const { message, at } = podEvent(event);
  return { pod: event.involvedObject.name ?? '', message, at };
}
