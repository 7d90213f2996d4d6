import { createKubeClient } from '../../../src/kube/client/kubeClient.ts';
import { configMaps } from '../../../src/kube/resources.ts';
import { inProcessTransport } from '../../../src/kube/transport/inProcessTransport.ts';
import { systemClock, systemRandom } from '../../../src/ports/clock.ts';
import { openKubelite } from '../../support/kubelite.ts';
import type { Bench } from '../benches.ts';
import { amount } from '../report.ts';

const OBJECTS = 5_000;
const AT_ONCE = 32;

/** kubelite in memory, and our client in the same process: writes, and events from the write to our own objects. */
export const watchEvents: Bench = {
  name: 'watch',
  async measure() {
    const kubelite = await openKubelite({ kubelet: 'none' });
    const transport = inProcessTransport(kubelite.handler);
    const client = createKubeClient({
      transport,
      clock: systemClock,
      random: systemRandom,
      userAgent: 'endwell-bench',
    });
    const { resourceVersion } = await client.list(configMaps, { namespace: 'default' });
    let start = performance.now();
    const lanes = Array.from({ length: AT_ONCE }, async (_, lane) => {
      for (let number = lane; number < OBJECTS; number += AT_ONCE)
        await client.create(configMaps, {
          metadata: { name: `c-${number}`, namespace: 'default' },
          data: { text: 'x'.repeat(500) },
        });
    });
    await Promise.all(lanes);
    const creates = OBJECTS / ((performance.now() - start) / 1000);
    start = performance.now();
    let seen = 0;
    for await (const event of client.watch(configMaps, { namespace: 'default', resourceVersion })) {
      if (event.type === 'ADDED') seen += 1;
      if (seen === OBJECTS) break;
    }
    const events = OBJECTS / ((performance.now() - start) / 1000);
    await client.close();
    await kubelite.stop();
    return [
      { what: 'creates on kubelite in memory, one process', value: amount(creates, 'creates/s'), aim: '' },
      { what: 'watch events of 0.8 KB, one process', value: amount(events, 'events/s'), aim: '' },
    ];
  },
};
