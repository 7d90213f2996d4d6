import { runs } from '../../../src/actions/resources.ts';
import type { Run } from '../../../src/core/run/run.ts';
import { createKubeClient } from '../../../src/kube/client/kubeClient.ts';
import { inProcessTransport } from '../../../src/kube/transport/inProcessTransport.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import { systemClock, systemRandom } from '../../../src/ports/clock.ts';
import { openKubelite } from '../../support/kubelite.ts';
import { endedRun } from '../../support/product.ts';
import type { Bench } from '../benches.ts';
import { amount } from '../report.ts';
import { dataFolder, startUpProcess, type Up } from '../up.ts';

const KEPT = 10_000;
const AT_ONCE = 50;
const READINGS = 10;
/** What the story of history asks for. */
const AIM = '≤ 400 MB';

/** What `up` holds in memory: at rest, and with ended runs that are kept (without their pods). */
export const memory: Bench = {
  name: 'memory',
  async measure() {
    const { data, remove } = dataFolder();
    const up = await startUpProcess(data);
    const rest = await settledRss(up);
    const example = await anEndedRun(up.client);
    await up.stop();
    await keep(data, example);
    const full = await startUpProcess(data);
    const filled = await settledRss(full);
    const highest = await whileRecorded(full);
    const recorded = await settledRss(full);
    await full.stop();
    remove();
    return [
      { what: 'RSS of up at rest', value: amount(rest / 1e6, 'MB'), aim: '≤ 150 MB' },
      { what: `RSS of up with ${KEPT} ended runs`, value: amount(filled / 1e6, 'MB'), aim: '' },
      {
        what: 'the same while they are written to the embedded history',
        value: amount(highest / 1e6, 'MB'),
        aim: AIM,
      },
      { what: 'the same when they are', value: amount(recorded / 1e6, 'MB'), aim: AIM },
      { what: 'the same, for each kept run', value: amount((filled - rest) / KEPT / 1024, 'KiB'), aim: '' },
      { what: `up to ready with ${KEPT} ended runs`, value: amount(full.readyMs, 'ms'), aim: '' },
    ];
  },
};

/** The lowest of some readings: what is left when garbage was collected. */
async function settledRss(up: Up): Promise<number> {
  const readings: number[] = [];
  for (let reading = 0; reading < READINGS; reading += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    readings.push(up.rss());
  }
  return Math.min(...readings);
}

/** The highest reading until the history has all of them; the last one by name is stored last. */
async function whileRecorded({ url, token, rss }: Up): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const path = `/api/v1/runs/kept-${KEPT - 1}/evidence?namespace=default`;
  for (let highest = 0; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    highest = Math.max(highest, rss());
    const { states = [] } = (await (await fetch(`${url}${path}`, { headers })).json()) as {
      states?: unknown[];
    };
    if (states.length > 0) return highest;
  }
}

async function anEndedRun(client: KubeClient): Promise<Run> {
  const container = { name: 'main', image: 'any', command: ['true'] };
  const spec = {
    main: { spec: { containers: [container] } },
    exitHandler: { spec: { containers: [container] } },
  };
  const metadata = { name: 'example', namespace: 'default' };
  await client.create(runs, { apiVersion: 'endwell.dev/v1', kind: 'Run', metadata, spec });
  return endedRun(client, 'default', 'example');
}

/** Fills the data folder while nothing else runs on it. */
async function keep(data: string, example: Run): Promise<void> {
  const kubelite = await openKubelite({ dataDir: data, kubelet: 'none' });
  const transport = inProcessTransport(kubelite.handler);
  const client = createKubeClient({
    transport,
    clock: systemClock,
    random: systemRandom,
    userAgent: 'endwell-bench',
  });
  const lanes = Array.from({ length: AT_ONCE }, async (_, lane) => {
    for (let number = lane; number < KEPT; number += AT_ONCE) {
      const metadata = { name: `kept-${number}`, namespace: 'default' };
      const made = await client.create(runs, { ...example, metadata });
      await client.replace(
        runs,
        { ...made, ...(example.status && { status: example.status }) },
        { subresource: 'status' },
      );
    }
  });
  await Promise.all(lanes);
  await client.close();
  await kubelite.stop();
}
