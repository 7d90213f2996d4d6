import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installCrds } from '../../src/actions/installCrds.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { clientOf } from '../support/cluster.ts';
import { openKubelite } from '../support/kubelite.ts';
import { dataFolder } from './up.ts';

/** A kubelite of this process with our definitions and nothing else, on disk and without a kubelet. */
export interface EmptyCluster {
  readonly client: KubeClient;
  /** Path of a kubeconfig for it. */
  readonly kubeconfig: string;
  /** Ends it, and removes its data. */
  stop(): Promise<void>;
}

/** Starts it on a free port. */
export async function startEmptyCluster(): Promise<EmptyCluster> {
  const { data, remove } = dataFolder();
  const kubelite = await openKubelite({ dataDir: data, kubelet: 'none' });
  await kubelite.listen(0);
  const kubeconfig = join(data, 'kubeconfig');
  writeFileSync(kubeconfig, kubelite.kubeconfig(), { mode: 0o600 });
  const client = await clientOf(kubeconfig);
  await installCrds(client);
  return {
    client,
    kubeconfig,
    async stop() {
      await client.close();
      await kubelite.stop();
      remove();
    },
  };
}
