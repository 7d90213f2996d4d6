import { createKubeClient } from '../../../src/kube/client/kubeClient.ts';
import { configMaps } from '../../../src/kube/resources.ts';
import { inProcessTransport } from '../../../src/kube/transport/inProcessTransport.ts';
import type { Transport } from '../../../src/kube/transport/transport.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import { systemClock, systemRandom } from '../../../src/ports/clock.ts';
import { openKubelite } from '../../support/kubelite.ts';
import type { Bench } from '../benches.ts';
import { amount } from '../report.ts';

const OBJECTS = 5_000;
const AT_ONCE = 32;
const TEXT = 'x'.repeat(500);
const PARSED = 100_000;
/** What a socket hands over at once. */
const CHUNK_BYTES = 65_536;

/** kubelite in memory and our client in one process: writes with a watch beside them, and what the client alone can parse. */
export const watchEvents: Bench = {
  name: 'watch',
  async measure() {
    const { bytes, eventsPerSecond, megabytesPerSecond } = await parsing();
    return [
      {
        what: `watch events of ${amount(bytes / 1000, 'KB')} parsed by the client`,
        value: `${amount(eventsPerSecond, 'events/s')}, ${amount(megabytesPerSecond, 'MB/s')}`,
        aim: '',
      },
      {
        what: 'creates on kubelite in memory, each seen by a watch, one process',
        value: amount(await creating(), 'objects/s'),
        aim: '',
      },
    ];
  },
};

/** Creates objects while a watch counts them. */
async function creating(): Promise<number> {
  const kubelite = await openKubelite({ kubelet: 'none' });
  const client = clientOver(inProcessTransport(kubelite.handler));
  const { resourceVersion } = await client.list(configMaps, { namespace: 'default' });
  const start = performance.now();
  const seen = eventsSeen(client, resourceVersion, OBJECTS);
  const lanes = Array.from({ length: AT_ONCE }, async (_, lane) => {
    for (let number = lane; number < OBJECTS; number += AT_ONCE) {
      const metadata = { name: `c-${number}`, namespace: 'default' };
      await client.create(configMaps, { metadata, data: { text: TEXT } });
    }
  });
  await Promise.all([seen, ...lanes]);
  const perSecond = OBJECTS / ((performance.now() - start) / 1000);
  await client.close();
  await kubelite.stop();
  return perSecond;
}

/** Reads a watch that comes as fast as it is read. */
async function parsing() {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', namespace: 'default', uid: '0d5f', resourceVersion: '7', labels: { app: 'x' } },
    data: { text: TEXT },
  };
  const line = `${JSON.stringify({ type: 'MODIFIED', object })}\n`;
  const client = clientOver(endlessTransport(Buffer.from(line.repeat(CHUNK_BYTES / 16))));
  const start = performance.now();
  await eventsSeen(client, '1', PARSED);
  const seconds = (performance.now() - start) / 1000;
  await client.close();
  const bytes = line.length;
  return {
    bytes,
    eventsPerSecond: PARSED / seconds,
    megabytesPerSecond: (PARSED * bytes) / seconds / 1e6,
  };
}

async function eventsSeen(client: KubeClient, resourceVersion: string, wanted: number): Promise<void> {
  let seen = 0;
  for await (const event of client.watch(configMaps, { namespace: 'default', resourceVersion })) {
    if (event.type !== 'BOOKMARK') seen += 1;
    if (seen === wanted) return;
  }
}

function clientOver(transport: Transport): KubeClient {
  return createKubeClient({
    transport,
    clock: systemClock,
    random: systemRandom,
    userAgent: 'endwell-bench',
  });
}

/** Answers every request with these bytes over and over, in pieces as a socket has them. */
function endlessTransport(bytes: Buffer): Transport {
  async function* body() {
    for (;;)
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
  }
  return {
    send: async () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: body() }),
    close: async () => {},
  };
}
