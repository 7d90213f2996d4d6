import { installCrds } from '../../src/actions/installCrds.ts';
import { queues } from '../../src/actions/resources.ts';
import { createKubeClient } from '../../src/kube/client/kubeClient.ts';
import { namespaces } from '../../src/kube/resources.ts';
import { inProcessTransport } from '../../src/kube/transport/inProcessTransport.ts';
import { type Kubelite, type KubeliteState, startKubelite } from '../../src/kubelite/kubelite.ts';
import { DOOMED_NAMESPACE, NAMESPACE, NARROW_LIMIT, NARROW_QUEUE } from './plan.ts';
import { type SimClock, simClock } from './simClock.ts';

let prepared: Promise<KubeliteState> | undefined;

/**
 * The cluster that every simulation begins with: CRDs, namespaces, a queue. It is made once in a process, for to install
 * and compile the CRDs takes as long as half a simulation.
 */
export function preparedCluster(atMs: number): Promise<KubeliteState> {
  prepared ??= prepare(simClock(atMs));
  return prepared;
}

async function prepare(clock: SimClock): Promise<KubeliteState> {
  const silent = { info() {}, warn() {}, error() {} };
  let turn = 0;
  // Different numbers, the same ones in each process: UIDs are made of them.
  const random = () => (++turn % 997) / 997;
  const kubelite = await startKubelite({ clock, random, log: silent, kubelet: 'none' });
  const work = install(kubelite, clock);
  await clock.run(0);
  await work;
  const state = kubelite.state();
  const stopped = kubelite.stop();
  await clock.run(0);
  await stopped;
  return state;
}

async function install(kubelite: Kubelite, clock: SimClock): Promise<void> {
  const transport = inProcessTransport(kubelite.handler);
  const client = createKubeClient({ transport, clock, random: () => 0.5, userAgent: 'simulation' });
  await installCrds(client);
  for (const name of [NAMESPACE, DOOMED_NAMESPACE]) {
    await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  await client.create(queues, {
    apiVersion: 'endwell.dev/v1',
    kind: 'Queue',
    metadata: { name: NARROW_QUEUE, namespace: NAMESPACE },
    spec: { maxRunning: NARROW_LIMIT },
  });
  await client.close();
}
