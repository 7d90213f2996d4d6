import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { nodes, pods } from '../../src/kube/resources.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { shellPod } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';

/**
 * A net against hanging. client-go waits 30 to 60 s between tries once a server was away for long (reflector.go's
 * back-off and its jitter), and twice so where it is told 410 first.
 */
const PATIENCE_MS = 240_000;

/**
 * Creates a pod of nobody's on each node, and waits until all have ended: after how many ms Kubernetes itself works
 * again, its scheduler and every kubelet. No run can be quicker than that. Removes them.
 *
 * @param client as a trial has it: of an address that may change
 */
export async function endPlainPods(client: () => Promise<KubeClient>, namespace: string): Promise<number> {
  const began = performance.now();
  const { items } = await (await client()).list(nodes);
  const names = await Promise.all(
    items.map(async ({ metadata }) => {
      const pod = plainPod(namespace, metadata?.name ?? '');
      return (await (await client()).create(pods, pod)).metadata?.name ?? '';
    }),
  );
  const phase = async (name: string) => (await (await client()).get(pods, { namespace, name })).status?.phase;
  const hasEnded = (name: string) => phase(name).then((now) => now === 'Succeeded', isUnknown);
  const ended = names.map((name) =>
    eventually(() => hasEnded(name), `the plain pod ${name} to end`, PATIENCE_MS),
  );
  await Promise.all(ended);
  const tookMs = performance.now() - began;
  for (const name of names) await (await client()).delete(pods, { namespace, name });
  return tookMs;
}

const isUnknown = () => false;

/** It goes through the scheduler, which may choose that node alone, whatever the fault has left on it. */
function plainPod(namespace: string, node: string): Pod {
  const pod = shellPod(`plain-${node}`, 'true', (spec) => {
    spec.nodeSelector = { 'kubernetes.io/hostname': node };
    spec.tolerations = [{ operator: 'Exists' }];
  });
  return { ...pod, metadata: { ...pod.metadata, namespace } };
}
