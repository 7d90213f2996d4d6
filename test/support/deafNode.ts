import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { nodes, pods } from '../../src/kube/resources.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { eventually } from './eventually.ts';

/** Keeps every other pod away. */
const TAINT = { key: 'endwell.dev/test', value: 'deaf', effect: 'NoSchedule' } as const;

/** A node without a kubelet: what it says of itself and of its pods is what the test says. The same on any cluster. */
export interface DeafNode {
  readonly name: string;
  /** For the spec of a pod that is to run there, and nowhere else. */
  readonly placement: Pick<NonNullable<Pod['spec']>, 'nodeSelector' | 'tolerations'>;
  /** Its kubelet reports, or has not been heard of for long. */
  answers(ready: 'True' | 'Unknown'): Promise<void>;
  /** Reports that the main container of a pod that is bound to it runs. */
  starts(namespace: string, pod: string): Promise<void>;
  /** Reports that it has ended with 0, and lets the pod go if it is to. */
  ends(namespace: string, pod: string): Promise<void>;
  remove(): Promise<void>;
}

/** Makes such a node, which answers. */
export async function deafNode(client: KubeClient): Promise<DeafNode> {
  const { metadata } = await client.create(nodes, {
    metadata: { generateName: 'deaf-' },
    spec: { taints: [TAINT] },
  });
  const name = metadata?.name ?? '';
  const label = 'kubernetes.io/hostname';
  await client.patch(nodes, { name }, { type: 'merge', body: { metadata: { labels: { [label]: name } } } });
  const node: DeafNode = {
    name,
    placement: { nodeSelector: { [label]: name }, tolerations: [{ operator: 'Exists' }] },
    answers: (ready) => report(client, name, ready),
    async starts(namespace, pod) {
      const state = { running: { startedAt: stamp() } };
      await eventually(
        async () => (await client.get(pods, { namespace, name: pod })).spec?.nodeName,
        `pod ${pod} to be bound to ${name}`,
      );
      await tell(client, { namespace, name: pod }, 'Running', state);
    },
    async ends(namespace, pod) {
      const state = {
        terminated: { exitCode: 0, reason: 'Completed', startedAt: stamp(), finishedAt: stamp() },
      };
      await tell(client, { namespace, name: pod }, 'Succeeded', state);
      const { metadata: going } = await client.get(pods, { namespace, name: pod });
      if (going?.deletionTimestamp !== undefined)
        await client.delete(pods, { namespace, name: pod }, { gracePeriodSeconds: 0 });
    },
    remove: async () => void (await client.delete(nodes, { name }).catch(() => undefined)),
  };
  await node.answers('True');
  return node;
}

async function report(client: KubeClient, name: string, ready: 'True' | 'Unknown'): Promise<void> {
  const at = stamp();
  const amounts = { cpu: '1', memory: '1Gi', pods: '10' };
  const condition = { type: 'Ready', status: ready, reason: 'Test', message: '', lastTransitionTime: at };
  const conditions = [{ ...condition, lastHeartbeatTime: at }];
  const status = { capacity: amounts, allocatable: amounts, conditions };
  await client.patch(nodes, { name }, { type: 'merge', body: { status } }, { subresource: 'status' });
}

async function tell(
  client: KubeClient,
  ref: { readonly namespace: string; readonly name: string },
  phase: string,
  state: object,
): Promise<void> {
  const main = { name: 'main', image: 'none', imageID: '', ready: false, restartCount: 0, state };
  const body = { status: { phase, containerStatuses: [main] } };
  await client.patch(pods, ref, { type: 'merge', body }, { subresource: 'status' });
}

/** RFC 3339 to the second, as a kubelet writes it. */
function stamp(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
