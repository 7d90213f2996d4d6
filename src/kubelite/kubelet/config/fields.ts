import type { Container, ResourceFieldSelector } from 'kubernetes-types/core/v1.d.ts';
import { parseQuantity } from '../../../kubernetes/quantity.ts';
import type { Pod } from '../pod.ts';

/** What a node has, for limits that a container doesn't name. */
export interface NodeAmounts {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/** All addresses of a pod on this machine. */
const LOCAL_ADDRESS = '127.0.0.1';

/** The value of a `fieldRef`. Undefined for a path that Kubernetes doesn't offer. */
export function podField(pod: Pod, path: string): string | undefined {
  const entry = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (entry) return pod.metadata[entry[1] as 'labels' | 'annotations']?.[entry[2] ?? ''] ?? '';
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name;
    case 'metadata.namespace':
      return pod.metadata.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata.uid;
    case 'metadata.labels':
      return formatMap(pod.metadata.labels);
    case 'metadata.annotations':
      return formatMap(pod.metadata.annotations);
    case 'spec.nodeName':
      return pod.spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec.serviceAccountName ?? 'default';
    case 'status.hostIP':
    case 'status.hostIPs':
    case 'status.podIP':
    case 'status.podIPs':
      return LOCAL_ADDRESS;
    default:
      return undefined;
  }
}

/** One `key="value"` a line, sorted, as downward API files hold labels. */
function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join('\n');
}

/** The value of a `resourceFieldRef`, in units of its divisor, rounded up; a limit that isn't set is the node's amount. */
export function resourceField(container: Container, ref: ResourceFieldSelector, node: NodeAmounts): string {
  const [kind, name = ''] = ref.resource.split(/\.(.*)/s);
  const declared = container.resources?.[kind === 'requests' ? 'requests' : 'limits']?.[name];
  const amount = declared === undefined ? unset(kind ?? '', name, node) : parseQuantity(declared).nano;
  const divisor = parseQuantity(ref.divisor && ref.divisor !== '0' ? ref.divisor : '1').nano;
  return String((amount + divisor - 1n) / divisor);
}

function unset(kind: string, name: string, node: NodeAmounts): bigint {
  if (kind === 'requests') return 0n;
  if (name === 'cpu') return BigInt(node.cpus) * 1_000_000_000n;
  if (name === 'memory') return BigInt(node.memoryBytes) * 1_000_000_000n;
  return name === 'ephemeral-storage' ? BigInt(node.diskBytes) * 1_000_000_000n : 0n;
}
