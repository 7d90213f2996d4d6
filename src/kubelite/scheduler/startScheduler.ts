import type { Node } from 'kubernetes-types/core/v1.d.ts';
import type { Clock } from '../../ports/clock.ts';
import { type EventSink, eventSink } from '../events.ts';
import { isTerminal, type Pod, podOf } from '../kubelet/pod.ts';
import type { KubeliteLog, Registry, RegistryEvent, ResourceInfo } from '../types.ts';
import { fitNode, type Misfit, type NodeLoad } from './fitNode.ts';
import { type Amounts, podRequests, sum } from './podRequests.ts';
import { unschedulableSentence } from './unschedulable.ts';

/** What the scheduler works with. */
export interface SchedulerOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: KubeliteLog;
}

interface Scheduling {
  readonly registry: Registry;
  readonly pods: ResourceInfo;
  readonly clock: Clock;
  readonly log: KubeliteLog;
  readonly events: EventSink;
  readonly loads: Loads;
}

/** How long a refused binding waits before the pod is looked at again. */
const RETRY_MS = 1_000;

/**
 * Binds pods without gates to the first node that fits them, by priority, then age, and says of the others why not.
 * Preferences (preferred affinity, spreading, pod affinity) are ignored, and nothing is preempted.
 */
export function startScheduler(options: SchedulerOptions): { stop(): void } {
  const { registry, clock, log } = options;
  const pods = required(registry, 'pods');
  const events = eventSink(registry, clock, log, 'default-scheduler');
  const scheduling: Scheduling = { registry, pods, clock, log, events, loads: new Loads() };
  const waiting = new Map<string, Pod>();
  const binding = new Set<string>();
  let due = false;
  let stopped = false;

  function look(): void {
    if (due || stopped || waiting.size === 0) return;
    due = true;
    queueMicrotask(pass);
  }

  function pass(): void {
    due = false;
    if (stopped) return;
    for (const pod of [...waiting.values()].sort(byPriorityThenAge)) schedule(pod);
  }

  function schedule(pod: Pod): void {
    const { uid } = pod.metadata;
    if (binding.has(uid)) return;
    const choice = choose(scheduling.loads.all(), pod);
    if (choice.kind === 'none') return void tellUnschedulable(scheduling, pod, choice.misfits);
    binding.add(uid);
    scheduling.loads.take(pod, choice.node);
    void bind(scheduling, pod, choice.node).then((bound) => {
      binding.delete(uid);
      if (bound) return;
      scheduling.loads.release(uid);
      clock.after(RETRY_MS, look);
    });
  }

  function onPod({ type, object }: RegistryEvent): void {
    const pod = podOf(object);
    const { uid } = pod.metadata;
    const gone = type === 'DELETED' || isTerminal(pod);
    if (gone) scheduling.loads.release(uid);
    else if (pod.spec.nodeName) scheduling.loads.take(pod, pod.spec.nodeName);
    if (gone || pod.spec.nodeName || pod.metadata.deletionTimestamp || isGated(pod) || !isOurs(pod)) {
      waiting.delete(uid);
    } else {
      waiting.set(uid, pod);
      look();
    }
    if (gone) look();
  }

  function onNode({ type, object }: RegistryEvent): void {
    scheduling.loads.node(object as Node, type === 'DELETED');
    look();
  }

  const stops = [registry.watch(required(registry, 'nodes'), onNode), registry.watch(pods, onPod)];
  return {
    stop() {
      stopped = true;
      for (const stop of stops) stop();
    },
  };
}

/** Which nodes there are and what is taken of them. */
class Loads {
  private readonly nodes = new Map<string, Node>();
  private readonly taken = new Map<string, { readonly node: string; readonly requests: Amounts }>();

  node(node: Node, gone: boolean): void {
    const name = node.metadata?.name ?? '';
    if (gone) this.nodes.delete(name);
    else this.nodes.set(name, node);
  }

  take(pod: Pod, node: string): void {
    if (this.taken.get(pod.metadata.uid)?.node === node) return;
    this.taken.set(pod.metadata.uid, { node, requests: podRequests(pod.spec) });
  }

  release(uid: string): void {
    this.taken.delete(uid);
  }

  all(): readonly NodeLoad[] {
    return [...this.nodes].map(([name, node]) => {
      const here = [...this.taken.values()].filter((one) => one.node === name);
      const used = here.map((one) => one.requests).reduce(sum, new Map());
      return { node, used, pods: here.length };
    });
  }
}

type Choice =
  | { readonly kind: 'node'; readonly node: string }
  | { readonly kind: 'none'; readonly misfits: readonly Misfit[] };

function choose(loads: readonly NodeLoad[], pod: Pod): Choice {
  const misfits: Misfit[] = [];
  for (const load of loads) {
    const misfit = fitNode(pod, load);
    if (!misfit) return { kind: 'node', node: load.node.metadata?.name ?? '' };
    misfits.push(misfit);
  }
  return { kind: 'none', misfits };
}

/** False when the API refused: the pod changed meanwhile. */
async function bind({ registry, pods, events, log }: Scheduling, pod: Pod, node: string): Promise<boolean> {
  const { namespace, name, uid } = pod.metadata;
  try {
    const bound = await registry.update(
      pods,
      namespace,
      name,
      (object) =>
        object.metadata.uid === uid
          ? { ...object, spec: { ...podOf(object).spec, nodeName: node } }
          : undefined,
      { subresource: 'binding' },
    );
    if (!bound) return false;
    events.emit(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`);
    return true;
  } catch (error) {
    log.info('binding a pod was refused', { pod: name, error: String(error) });
    return false;
  }
}

async function tellUnschedulable(
  { registry, pods, clock, events, log }: Scheduling,
  pod: Pod,
  misfits: readonly Misfit[],
): Promise<void> {
  const message = unschedulableSentence(misfits);
  const { namespace, name, uid } = pod.metadata;
  const told = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (told?.reason === 'Unschedulable' && told.message === message) return;
  const lastTransitionTime =
    told?.status === 'False'
      ? told.lastTransitionTime
      : `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    lastTransitionTime,
  };
  try {
    await registry.update(
      pods,
      namespace,
      name,
      (object) => {
        const { status, spec } = podOf(object);
        if (object.metadata.uid !== uid || spec.nodeName) return undefined;
        const others = (status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
        return { ...object, status: { ...status, phase: 'Pending', conditions: [...others, condition] } };
      },
      { subresource: 'status' },
    );
    events.emit(pod, 'Warning', 'FailedScheduling', message);
  } catch (error) {
    log.warn('saying why a pod is not scheduled failed', { pod: name, error: String(error) });
  }
}

function byPriorityThenAge(a: Pod, b: Pod): number {
  const priority = (b.spec.priority ?? 0) - (a.spec.priority ?? 0);
  return priority || a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp);
}

function isGated(pod: Pod): boolean {
  return (pod.spec.schedulingGates ?? []).length > 0;
}

function isOurs(pod: Pod): boolean {
  return (pod.spec.schedulerName ?? 'default-scheduler') === 'default-scheduler';
}

function required(registry: Registry, plural: string): ResourceInfo {
  const resource = registry.resource('', plural);
  if (!resource) throw new Error(`starting the scheduler: the API doesn't serve ${plural}`);
  return resource;
}
