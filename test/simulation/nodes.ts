import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { startKubelet } from '../../src/kubelite/kubelet/kubelet.ts';
import type { NodeFacts } from '../../src/kubelite/kubelet/node.ts';
import { type Pod, podOf } from '../../src/kubelite/kubelet/pod.ts';
import type { PodScript } from '../../src/kubelite/kubelet/scripted/podScript.ts';
import { scriptedLogs } from '../../src/kubelite/kubelet/scripted/scriptedLogs.ts';
import {
  type ScriptedRuntime,
  scriptedRuntime,
} from '../../src/kubelite/kubelet/scripted/scriptedRuntime.ts';
import { startScheduler } from '../../src/kubelite/scheduler/startScheduler.ts';
import { ApiStatusError } from '../../src/kubelite/status.ts';
import type { KubeliteLog, PodLogSource, Registry, ResourceInfo } from '../../src/kubelite/types.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Effects } from './effects.ts';
import type { EventLog } from './eventLog.ts';
import type { GroundTruth } from './groundTruth.ts';
import { type NodeLink, nodeLink } from './nodeLink.ts';

/** A node that is silent so long is marked unreachable (Kubernetes: 40 s). */
const SILENT_MS = 10_000;
/** A pod tolerates an unreachable node for so long, then its deletion is asked for (Kubernetes: 300 s). */
const TOLERATED_MS = 30_000;
/** Pods of a node whose object is gone are removed by force after so long. */
const COLLECT_MS = 20_000;

/** The machines of the cluster, and what happens to them; false: it can't happen to that one now. */
export interface Nodes {
  /** Cuts a node off; it goes on by itself and comes back after `forMs`. */
  partition(index: number, forMs: number): boolean;
  /** Ends a node and all on it; its object goes after a while. */
  destroy(index: number): boolean;
  /** No node reaches the API server for so long, and nobody takes a node for lost. */
  unreachable(forMs: number): void;
  /** Where logs are read: on the node itself. */
  readonly logs: PodLogSource;
  /** Everything that was cut off comes back. */
  mendAll(): void;
  stop(): Promise<void>;
}

export interface NodesParts {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly kubeLog: KubeliteLog;
  readonly log: EventLog;
  readonly truth: GroundTruth;
  readonly effects: Effects;
  readonly count: number;
  readonly scriptOf: (pod: Pod) => PodScript;
}

interface Machine {
  readonly name: string;
  readonly link: NodeLink;
  readonly runtime: ScriptedRuntime;
  readonly stop: () => Promise<void>;
  state: 'up' | 'cut' | 'destroyed';
}

/** Starts the machines, a scheduler, and the part of the node controller that tells of their loss. */
export async function startNodes(parts: NodesParts): Promise<Nodes> {
  const machines: Machine[] = [];
  for (let index = 0; index < parts.count; index += 1)
    machines.push(await startMachine(parts, `node-${index}`));
  const scheduler = startScheduler({ registry: parts.registry, clock: parts.clock, log: parts.kubeLog });
  const control = nodeControl(parts);
  const machine = (index: number) => machines[index % machines.length];

  let downUntilMs = 0;

  function mend(one: Machine): void {
    if (one.state !== 'cut') return;
    const downMs = downUntilMs - parts.clock.monotonic();
    if (downMs > 0) return void parts.clock.after(downMs, () => mend(one));
    one.state = 'up';
    parts.log.add(one.name, 'can be reached again');
    parts.effects.add('node back');
    one.link.mend();
    control.setReady(one.name, true);
  }

  /** Those that were only kept from the API server reach it again. */
  function comeBack(): void {
    if (parts.clock.monotonic() < downUntilMs) return;
    for (const one of machines) if (one.state === 'up' && !one.link.isUp()) one.link.mend();
  }

  function runtimeOf(pod: Pod): ScriptedRuntime {
    const one = machines.find(({ name }) => name === pod.spec.nodeName);
    if (one?.state === 'up') return one.runtime;
    const message = `Get "https://${pod.spec.nodeName}:10250/containerLogs": dial tcp: i/o timeout`;
    throw new ApiStatusError(500, 'InternalError', message, {});
  }

  return {
    partition(index, forMs) {
      const one = machine(index);
      if (one?.state !== 'up') return false;
      one.state = 'cut';
      parts.log.add(one.name, `is cut off for ${forMs} ms`);
      one.link.cut();
      control.whileSilent(one.name, () => one.state !== 'up');
      parts.clock.after(forMs, () => mend(one));
      return true;
    },
    destroy(index) {
      const one = machine(index);
      const others = machines.filter((other) => other !== one && other.state !== 'destroyed');
      if (one === undefined || one.state === 'destroyed' || others.length === 0) return false;
      one.state = 'destroyed';
      parts.log.add(one.name, 'is destroyed');
      one.link.cut();
      parts.truth.destroy(one.name);
      control.whileSilent(one.name, () => true);
      parts.clock.after(SILENT_MS + COLLECT_MS, () => control.remove(one.name));
      return true;
    },
    unreachable(forMs) {
      downUntilMs = Math.max(downUntilMs, parts.clock.monotonic() + forMs);
      for (const one of machines) if (one.state === 'up') one.link.cut();
      parts.clock.after(forMs, comeBack);
    },
    logs: scriptedLogs(parts.registry, runtimeOf),
    mendAll() {
      downUntilMs = 0;
      comeBack();
      machines.forEach(mend);
    },
    async stop() {
      scheduler.stop();
      await Promise.all(machines.map((one) => one.stop()));
    },
  };
}

async function startMachine(parts: NodesParts, name: string): Promise<Machine> {
  const link = nodeLink(parts.registry, (ms, fn) => void parts.clock.after(ms, fn));
  const runtime = scriptedRuntime(parts.clock, parts.scriptOf);
  const kubelet = await startKubelet({
    registry: link.registry,
    clock: parts.clock,
    log: parts.kubeLog,
    node: { ...FACTS, name, bootId: name },
    runtime: parts.truth.observed(runtime, name),
  });
  return { name, link, runtime, state: 'up', stop: () => kubelet.stop() };
}

const GIB = 1024 ** 3;

const FACTS: Omit<NodeFacts, 'name' | 'bootId'> = {
  cpus: 64,
  memoryBytes: 256 * GIB,
  diskBytes: 1024 * GIB,
  pods: 1_000,
  os: 'linux',
  arch: 'amd64',
  kernel: 'scripted',
  runtime: 'scripted://1',
  address: '127.0.0.1',
};

/** What Kubernetes' node controllers do about a node that is silent, comes back, or is removed. */
function nodeControl({ registry, clock, log }: NodesParts) {
  const nodes = required(registry, 'nodes');
  const pods = required(registry, 'pods');

  function setReady(name: string, isReady: boolean): void {
    void registry.update(
      nodes,
      undefined,
      name,
      (object) => marked(object as Node, isReady, clock) as typeof object,
    );
    void registry.update(
      nodes,
      undefined,
      name,
      (object) => withReady(object as Node, isReady, clock) as typeof object,
      { subresource: 'status' },
    );
  }

  function podsOn(name: string): Pod[] {
    return registry
      .list(pods)
      .map(podOf)
      .filter((pod) => pod.spec.nodeName === name);
  }

  async function remove(pod: Pod, grace?: number): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    const how = { preconditions: { uid }, ...(grace === undefined ? {} : { gracePeriodSeconds: grace }) };
    await registry.delete(pods, namespace, name, how).catch((error: unknown) => {
      if (!(error instanceof ApiStatusError)) throw error;
    });
  }

  /** The collector of pods says that they failed before it removes them. */
  async function collect(pod: Pod): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    await registry.update(
      pods,
      namespace,
      name,
      (object) => {
        const stored = podOf(object);
        const { phase } = stored.status ?? {};
        if (stored.metadata.uid !== uid || phase === 'Succeeded' || phase === 'Failed') return undefined;
        return {
          ...object,
          status: {
            ...stored.status,
            phase: 'Failed',
            conditions: [...(stored.status?.conditions ?? []), COLLECTED],
          },
        };
      },
      { subresource: 'status' },
    );
    await remove(pod, 0);
  }

  return {
    setReady,
    whileSilent(name: string, isSilent: () => boolean): void {
      clock.after(SILENT_MS, () => {
        if (!isSilent()) return;
        setReady(name, false);
        clock.after(TOLERATED_MS, () => {
          if (isSilent()) for (const pod of podsOn(name)) void remove(pod);
        });
      });
    },
    remove(name: string): void {
      log.add(name, 'its object is removed');
      void registry.delete(nodes, undefined, name);
      clock.after(COLLECT_MS, () => {
        for (const pod of podsOn(name)) void collect(pod);
      });
      // A pod that was bound in the last moment is found by the next round.
      clock.after(2 * COLLECT_MS, () => {
        for (const pod of podsOn(name)) void collect(pod);
      });
    },
  };
}

const COLLECTED = {
  type: 'DisruptionTarget',
  status: 'True',
  reason: 'DeletionByPodGC',
  message: 'PodGC: node no longer exists',
};

function withReady(node: Node, isReady: boolean, clock: Clock): Node {
  const conditions = (node.status?.conditions ?? []).filter(({ type }) => type !== 'Ready');
  const ready = isReady
    ? { type: 'Ready', status: 'True', reason: 'KubeletReady' }
    : { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown' };
  const lastTransitionTime = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
  return {
    ...node,
    status: { ...node.status, conditions: [...conditions, { ...ready, lastTransitionTime }] },
  };
}

function marked(node: Node, isReady: boolean, clock: Clock): Node {
  const others = (node.spec?.taints ?? []).filter(({ key }) => key !== UNREACHABLE);
  const timeAdded = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
  const mine = isReady
    ? []
    : [
        { key: UNREACHABLE, effect: 'NoSchedule', timeAdded },
        { key: UNREACHABLE, effect: 'NoExecute', timeAdded },
      ];
  return { ...node, spec: { ...node.spec, taints: [...others, ...mine] } };
}

const UNREACHABLE = 'node.kubernetes.io/unreachable';

function required(registry: Registry, plural: string): ResourceInfo {
  const resource = registry.resource('', plural);
  if (resource === undefined) throw new Error(`starting the nodes: the API does not serve ${plural}`);
  return resource;
}
