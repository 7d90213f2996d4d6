import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { createKubeClient } from '../../src/kube/client/kubeClient.ts';
import { loadKubeconfig } from '../../src/kube/config/kubeconfig.ts';
import { namespaces, pods, serviceAccounts } from '../../src/kube/resources.ts';
import { undiciTransport } from '../../src/kube/transport/undiciTransport.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { systemClock, systemRandom } from '../../src/ports/clock.ts';
import { eventually } from './eventually.ts';
import { forThisFile } from './forThisFile.ts';
import { openKubelite } from './kubelite.ts';

/** The cluster that a suite runs on: a real one under `npm run test:cluster`, else a kubelite of its own. */
export interface TestCluster {
  readonly kind: 'real' | 'kubelite';
  readonly client: KubeClient;
  /** Path of its kubeconfig. */
  readonly kubeconfig: string;
  /** Makes a namespace in which pods can be created; it is deleted at the end. */
  namespace(): Promise<string>;
}

/** An image with a shell. kubelite runs the command of a pod whatever its image is. */
export const SHELL_IMAGE = process.env['ENDWELL_TEST_IMAGE'] ?? 'testcluster/busybox:1';

/** Opens a cluster for the tests of a file and closes it after them. */
export function useCluster(): () => TestCluster {
  return forThisFile(() => openCluster());
}

async function openCluster(): Promise<TestCluster & { close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'endwell-cluster-'));
  const real = process.env['ENDWELL_TEST_CLUSTER'] === 'real';
  const kubelite = real ? undefined : await openKubelite({ dataDir: folder, kubelet: 'process' });
  const kubeconfig = real ? String(process.env['KUBECONFIG']) : join(folder, 'kubeconfig');
  if (kubelite !== undefined) {
    await kubelite.listen(0);
    await writeFile(kubeconfig, kubelite.kubeconfig(), { mode: 0o600 });
  }
  const client = await clientOf(kubeconfig);
  const { namespace, deleteAll } = newNamespace(client);
  return {
    kind: real ? 'real' : 'kubelite',
    client,
    kubeconfig,
    namespace,
    async close() {
      await deleteAll();
      await client.close();
      await kubelite?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A client by the credentials of a kubeconfig file, with the machine's clock. */
export async function clientOf(kubeconfig: string): Promise<KubeClient> {
  const config = await loadKubeconfig({ path: kubeconfig, env: process.env });
  return createKubeClient({
    transport: undiciTransport(config, { clock: systemClock }),
    clock: systemClock,
    random: systemRandom,
    userAgent: 'endwell-test',
  });
}

/** Makes namespaces in which pods can be created, and deletes them all. */
export function newNamespace(client: KubeClient) {
  const made: string[] = [];
  return {
    async namespace(): Promise<string> {
      const { metadata } = await client.create(namespaces, { metadata: { generateName: 'endwell-test-' } });
      const name = metadata?.name ?? '';
      made.push(name);
      await eventually(
        () => client.get(serviceAccounts, { namespace: name, name: 'default' }).catch(() => undefined),
        'the default service account',
      );
      return name;
    },
    async deleteAll(): Promise<void> {
      for (const name of made) await client.delete(namespaces, { name }).catch(() => undefined);
    },
  };
}

/** A pod whose main container runs a shell script; `change` may alter anything before it is created. */
export function shellPod(
  name: string,
  script: string,
  change: (spec: NonNullable<Pod['spec']>) => void = () => {},
): Pod {
  const spec: NonNullable<Pod['spec']> = {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 5,
    containers: [{ name: 'main', image: SHELL_IMAGE, command: ['/bin/sh', '-c', script] }],
  };
  change(spec);
  return { metadata: { name }, spec };
}

/** The pod, once `when` holds for it. */
export function podWhen(
  client: KubeClient,
  namespace: string,
  name: string,
  when: (pod: Pod) => boolean,
  what: string,
): Promise<Pod> {
  let last: Pod | undefined;
  return eventually(
    async () => {
      last = await client.get(pods, { namespace, name });
      return when(last) ? last : undefined;
    },
    () => `pod ${name} ${what}; it is ${JSON.stringify(last?.status)}`,
  );
}

/** The pod, once its phase is Succeeded or Failed. */
export function endedPod(client: KubeClient, namespace: string, name: string): Promise<Pod> {
  return podWhen(client, namespace, name, (pod) => /Succeeded|Failed/.test(pod.status?.phase ?? ''), 'ended');
}
