import type { Clock } from '../../ports/clock.ts';
import { ApiStatusError } from '../status.ts';
import type { Registry, ResourceInfo, StoredObject } from '../types.ts';

/** What a node says of itself. */
export interface NodeFacts {
  readonly name: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** Pods at a time. */
  readonly pods: number;
  /** `linux`, `darwin`. */
  readonly os: string;
  /** Go's word: `amd64`, `arm64`. */
  readonly arch: string;
  readonly kernel: string;
  /** `process://1`: what `kubectl get nodes -o wide` shows as the runtime. */
  readonly runtime: string;
  readonly bootId: string;
  readonly address: string;
}

/** The version whose behaviour this kubelet follows. */
const KUBELET_VERSION = 'v1.34.4';

/** Creates the node, or brings its status up to date; labels, taints and the like that others set are kept. */
export async function registerNode(registry: Registry, clock: Clock, facts: NodeFacts): Promise<void> {
  const nodes = registry.resource('', 'nodes');
  if (!nodes) throw new Error("registering the node: the API doesn't serve nodes");
  await createOnce(registry, nodes, facts);
  const now = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  await registry.update(
    nodes,
    undefined,
    facts.name,
    (node): StoredObject => ({ ...node, status: { ...(node.status as object), ...nodeStatus(facts, now) } }),
    { subresource: 'status' },
  );
}

async function createOnce(registry: Registry, nodes: ResourceInfo, facts: NodeFacts): Promise<void> {
  if (registry.get(nodes, undefined, facts.name)) return;
  const labels = {
    'kubernetes.io/hostname': facts.name,
    'kubernetes.io/os': facts.os,
    'kubernetes.io/arch': facts.arch,
  };
  try {
    await registry.create(nodes, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: facts.name, labels },
      spec: {},
    });
  } catch (error) {
    if (!(error instanceof ApiStatusError && error.status === 409)) throw error;
  }
}

function nodeStatus(facts: NodeFacts, now: string) {
  const amounts = {
    cpu: String(facts.cpus),
    memory: `${Math.floor(facts.memoryBytes / 1024)}Ki`,
    'ephemeral-storage': `${Math.floor(facts.diskBytes / 1024)}Ki`,
    pods: String(facts.pods),
  };
  const good = (type: string, reason: string, message: string, status = 'False') => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  });
  return {
    capacity: amounts,
    allocatable: amounts,
    conditions: [
      good('MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
      good('DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
      good('PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
      good('Ready', 'KubeletReady', 'kubelet is posting ready status', 'True'),
    ],
    addresses: [
      { type: 'InternalIP', address: facts.address },
      { type: 'Hostname', address: facts.name },
    ],
    nodeInfo: {
      architecture: facts.arch,
      operatingSystem: facts.os,
      osImage: facts.os,
      kernelVersion: facts.kernel,
      kubeletVersion: KUBELET_VERSION,
      kubeProxyVersion: '',
      containerRuntimeVersion: facts.runtime,
      bootID: facts.bootId,
      machineID: '',
      systemUUID: '',
    },
  };
}
