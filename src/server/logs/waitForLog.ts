import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { isTerminal } from '../../core/run/phases.ts';
import type { Run } from '../../core/run/run.ts';
import { pods } from '../../kube/resources.ts';
import type { Api } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';
import { findLog, type LogTarget, type LogWish } from './logTarget.ts';

/**
 * Waits until a run's log, as it was found first, can be opened: its pod exists and the container has started. Refuses (404)
 * when the run has ended without it. Ends with the signal's reason.
 */
export async function waitForLog(
  api: Api,
  run: Run,
  wish: LogWish,
  found: LogTarget,
  signal: AbortSignal,
): Promise<Exclude<LogTarget, { kind: 'notYet' }>> {
  let target = found;
  while (target.kind === 'notYet') {
    if (isTerminal(run.status?.phase)) throw new Refusal('LogNotFound', target.why);
    run = await nextState(api, run, signal);
    target = await findLog(api, run, wish, signal);
  }
  if (target.kind === 'pod') await containerStarted(api, run, target, signal);
  return target;
}

/** The next state of the run that the server sees. */
function nextState(api: Api, run: Run, signal: AbortSignal): Promise<Run> {
  const { uid } = run.metadata;
  const known = api.feed.byUid(uid ?? '');
  if ((known?.status?.revision ?? -1) > (run.status?.revision ?? 0) && known !== undefined) {
    return Promise.resolve(known);
  }
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      unlisten();
      reject(signal.reason as Error);
    };
    const unlisten = api.feed.listen((change) => {
      if (change.run.metadata.uid !== uid) return;
      unlisten();
      signal.removeEventListener('abort', onAbort);
      if (change.kind === 'run') resolve(change.run);
      else reject(new Refusal('LogNotFound', `run ${run.metadata.name ?? ''} was deleted`));
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

async function containerStarted(
  api: Api,
  run: Run,
  { pod, container }: { readonly pod: string; readonly container: string },
  signal: AbortSignal,
): Promise<void> {
  const namespace = run.metadata.namespace ?? '';
  while (true) {
    const now = await api.client.get(pods, { namespace, name: pod }, { signal });
    if (hasStarted(now, container)) return;
    const { resourceVersion } = now.metadata ?? {};
    const changes = api.client.watch(pods, {
      namespace,
      fieldSelector: `metadata.name=${pod}`,
      signal,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    });
    for await (const event of changes) {
      if (event.type === 'DELETED')
        throw new Refusal('LogNotFound', `pod ${pod} was deleted before it started`);
      if (event.type === 'MODIFIED' && hasStarted(event.object, container)) return;
    }
  }
}

function hasStarted(pod: Pod, container: string): boolean {
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return true;
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const state = statuses.find(({ name }) => name === container)?.state;
  return state?.running !== undefined || state?.terminated !== undefined;
}
