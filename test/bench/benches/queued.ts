import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installCrds } from '../../../src/actions/installCrds.ts';
import { queues, runs } from '../../../src/actions/resources.ts';
import { API_VERSION, FINALIZER } from '../../../src/core/naming/naming.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import { clientOf } from '../../support/cluster.ts';
import { openKubelite } from '../../support/kubelite.ts';
import type { Bench } from '../benches.ts';
import { amount } from '../report.ts';
import { dataFolder, PROGRAM } from '../up.ts';

const QUEUED = 10_000;
const AT_ONCE = 50;
/** Long enough for what was needed to accept them to be collected. */
const SETTLE_MS = 10_000;
const LOOK_AGAIN_MS = 1_000;
/** A quiet machine needs about a minute. */
const MAX_LOOKS = 600;
const QUEUE = 'shut';

/** What an operator holds in memory while many runs wait: a process of its own, the API in this one. */
export const queued: Bench = {
  name: 'queued',
  async measure() {
    const { data, remove } = dataFolder();
    const kubelite = await openKubelite({ dataDir: data, kubelet: 'none' });
    await kubelite.listen(0);
    const kubeconfig = join(data, 'kubeconfig');
    writeFileSync(kubeconfig, kubelite.kubeconfig(), { mode: 0o600 });
    const client = await clientOf(kubeconfig);
    await installCrds(client);
    const spec = { maxRunning: 0 };
    await client.create(queues, queueNamed(spec));
    const operator = startOperator(kubeconfig);
    await operator.waiting(0);
    const rest = await operator.rss();
    await makeRuns(client);
    await operator.waiting(QUEUED);
    const full = await operator.rss();
    await operator.stop();
    await client.close();
    await kubelite.stop();
    remove();
    return [
      { what: 'RSS of an operator at rest', value: amount(rest / 1e6, 'MB'), aim: '' },
      { what: `RSS of an operator with ${QUEUED} queued runs`, value: amount(full / 1e6, 'MB'), aim: '' },
    ];
  },
};

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

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

function startOperator(kubeconfig: string) {
  const args = ['operator', '--kubeconfig', kubeconfig, '--health-host', '127.0.0.1', '--health-port', '0'];
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  // A bench that fails leaves nothing running.
  const end = () => void child.kill('SIGKILL');
  process.once('exit', end);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      if (said.length < 10_000) said += chunk;
    });
  const metrics = async () => {
    const address = /127\.0\.0\.1:\d+/.exec(said)?.[0];
    if (address === undefined) return '';
    // A connection that was kept may be closed at the moment at which it is used again.
    const answer = await fetch(`http://${address}/metrics`, { headers: { connection: 'close' } });
    return answer.text();
  };
  return {
    /** Resolves once its queue holds so many. */
    async waiting(count: number): Promise<void> {
      const line = new RegExp(`^endwell_queue_queued\\{[^}]*${QUEUE}[^}]*\\} ${count}$`, 'm');
      for (let looks = 0; !line.test(await metrics()); looks += 1) {
        if (looks >= MAX_LOOKS) throw new Error(`waiting for ${count} queued runs: it did not come to that`);
        await pause(LOOK_AGAIN_MS);
      }
    },
    async rss() {
      await pause(SETTLE_MS);
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      process.off('exit', end);
    },
  };
}
