import type { Clock } from '../../ports/clock.ts';
import { eventSink } from '../events.ts';
import { ApiStatusError } from '../status.ts';
import type { KubeliteLog, Registry, RegistryEvent, ResourceInfo, StoredObject } from '../types.ts';
import type { ConfigRef } from './config/usesConfig.ts';
import { PodWorker } from './life/podWorker.ts';
import type { ContainerRuntime } from './life/sandbox.ts';
import type { WorkerTools } from './life/workerTools.ts';
import { type NodeFacts, registerNode } from './node.ts';
import { isTerminal, type Pod, podOf } from './pod.ts';

/** What a kubelet needs, whatever it runs containers with. */
export interface KubeletOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: KubeliteLog;
  readonly node: NodeFacts;
  readonly runtime: ContainerRuntime;
}

/** A kubelet that runs. */
export interface RunningKubelet {
  /** Ends this process's part; containers go on. Resolves when nothing is written any more. */
  stop(): Promise<void>;
}

/** Registers the node and leads every pod that is bound to it through its life. */
export async function startKubelet(options: KubeletOptions): Promise<RunningKubelet> {
  const { registry, clock, log, runtime } = options;
  const events = eventSink(registry, clock, log, 'kubelet', options.node.name);
  const pods = required(registry, 'pods');
  const tools: WorkerTools = { registry, pods, runtime, clock, log, events };
  await registerNode(registry, clock, options.node);
  await removeOrphans(tools);
  const workers = new Map<string, Promise<PodWorker>>();
  let stopped = false;

  function onPod({ type, object }: RegistryEvent): void {
    const pod = podOf(object);
    if (stopped || pod.spec.nodeName !== options.node.name) return;
    const worker = workers.get(pod.metadata.uid);
    if (type === 'DELETED') {
      if (worker) void worker.then((one) => one.gone(pod));
      else void removeTraces(tools, pod);
    } else if (worker) {
      void worker.then((one) => one.update(pod));
    } else if (isTerminal(pod)) {
      if (pod.metadata.deletionTimestamp) void deleteForGood(tools, pod);
    } else {
      begin(pod);
    }
  }

  function begin(pod: Pod): void {
    const uid = pod.metadata.uid;
    const worker = PodWorker.begin(tools, pod, (last) => {
      workers.delete(uid);
      if (!stopped) void afterEnd(tools, last);
    });
    workers.set(uid, worker);
    worker.catch((error: unknown) => {
      workers.delete(uid);
      log.error('a pod could not be taken on', { pod: pod.metadata.name, error: String(error) });
    });
  }

  function onConfig(kind: ConfigRef['kind'], { namespace = '', name }: StoredObject['metadata']): void {
    for (const worker of workers.values()) {
      void worker.then(
        (one) => one.configChanged({ kind, namespace, name }),
        () => {},
      );
    }
  }

  const stops = [
    registry.watch(pods, onPod),
    registry.watch(required(registry, 'configmaps'), ({ object }) => onConfig('configMap', object.metadata)),
    registry.watch(required(registry, 'secrets'), ({ object }) => onConfig('secret', object.metadata)),
  ];
  return {
    async stop() {
      stopped = true;
      for (const stop of stops) stop();
      const open = await Promise.allSettled(workers.values());
      await Promise.all(open.flatMap((one) => (one.status === 'fulfilled' ? [one.value.stop()] : [])));
      await events.flush();
    },
  };
}

/** A pod that ended: its object goes when its deletion was asked, its traces when the object is gone. */
async function afterEnd(tools: WorkerTools, last: Pod): Promise<void> {
  const { namespace, name, uid } = last.metadata;
  const stored = tools.registry.get(tools.pods, namespace, name);
  if (stored?.metadata.uid !== uid) await removeTraces(tools, last);
  else if (stored.metadata.deletionTimestamp) await deleteForGood(tools, podOf(stored));
}

async function deleteForGood({ registry, pods, log }: WorkerTools, pod: Pod): Promise<void> {
  if (pod.metadata.deletionGracePeriodSeconds === 0 && pod.metadata.finalizers?.length) return;
  const { namespace, name, uid } = pod.metadata;
  try {
    await registry.delete(pods, namespace, name, { gracePeriodSeconds: 0, preconditions: { uid } });
  } catch (error) {
    if (error instanceof ApiStatusError && (error.status === 404 || error.status === 409)) return;
    log.warn('removing an ended pod failed', { pod: name, error: String(error) });
  }
}

async function removeTraces({ runtime, log }: WorkerTools, pod: Pod): Promise<void> {
  try {
    await runtime.remove(pod.metadata.uid);
  } catch (error) {
    log.warn('removing the traces of a pod failed', { pod: pod.metadata.name, error: String(error) });
  }
}

/** Pods that were deleted while no kubelet looked. */
async function removeOrphans(tools: WorkerTools): Promise<void> {
  const known = new Set(tools.registry.list(tools.pods).map((pod) => pod.metadata.uid));
  for (const uid of await tools.runtime.leftovers()) {
    if (!known.has(uid)) await tools.runtime.remove(uid);
  }
}

function required(registry: Registry, plural: string): ResourceInfo {
  const resource = registry.resource('', plural);
  if (!resource) throw new Error(`starting the kubelet: the API doesn't serve ${plural}`);
  return resource;
}
