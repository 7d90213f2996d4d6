import { queues, runs } from '../../../src/actions/resources.ts';
import { API_VERSION, FINALIZER } from '../../../src/core/naming/naming.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import type { Bench } from '../benches.ts';
import { startEmptyCluster } from '../emptyCluster.ts';
import { startOperatorProcess } from '../operatorProcess.ts';
import { amount } from '../report.ts';

const QUEUED = 10_000;
const AT_ONCE = 50;
const QUEUE = 'shut';

/** What an operator holds in memory while many runs wait: a process of its own, the API in this one. */
export const queued: Bench = {
  name: 'queued',
  async measure() {
    const cluster = await startEmptyCluster();
    const { client, kubeconfig } = cluster;
    const spec = { maxRunning: 0 };
    await client.create(queues, queueNamed(spec));
    const operator = startOperatorProcess(kubeconfig);
    await operator.says(waiting(0));
    const rest = await operator.rss();
    await makeRuns(client);
    await operator.says(waiting(QUEUED));
    const full = await operator.rss();
    await operator.stop();
    await cluster.stop();
    return [
      { what: 'RSS of an operator at rest', value: amount(rest / 1e6, 'MB'), aim: '' },
      { what: `RSS of an operator with ${QUEUED} queued runs`, value: amount(full / 1e6, 'MB'), aim: '' },
    ];
  },
};

/** Its metric when the queue holds so many. */
const waiting = (count: number) => new RegExp(`^endwell_queue_queued\\{[^}]*${QUEUE}[^}]*\\} ${count}$`, 'm');

function queueNamed(spec: { readonly maxRunning: number }) {
  return {
    apiVersion: 'endwell.dev/v1',
    kind: 'Queue',
    metadata: { name: QUEUE, namespace: 'default' },
    spec,
  } as const;
}

async function makeRuns(client: KubeClient): Promise<void> {
  for (let from = 0; from < QUEUED; from += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => makeRun(client, from + index)));
}

async function makeRun(client: KubeClient, index: number): Promise<void> {
  const container = { name: 'main', image: 'busybox:1', command: ['true'] };
  await client.create(runs, {
    apiVersion: API_VERSION,
    kind: 'Run',
    metadata: { name: `run-${index}`, namespace: 'default', finalizers: [FINALIZER.exitOwed] },
    spec: {
      queue: QUEUE,
      subject: { kind: 'connection', id: `c-${index}` },
      main: { spec: { containers: [container] } },
      exitHandler: { spec: { containers: [container] } },
    },
  });
}
