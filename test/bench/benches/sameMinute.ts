import { queues, runs, schedules } from '../../../src/actions/resources.ts';
import { API_VERSION } from '../../../src/core/naming/naming.ts';
import { slotRunName } from '../../../src/core/naming/scheduleNames.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import { clientOf, newNamespace } from '../../support/cluster.ts';
import { eventually } from '../../support/eventually.ts';
import type { Bench } from '../benches.ts';
import { pause } from '../operatorProcess.ts';
import { amount } from '../report.ts';

const SCHEDULES = 2_000;
const AT_ONCE = 50;
const MINUTE_MS = 60_000;
/** For all of them to be made, and seen by the operator, before their minute comes. */
const LEAD_MS = 2.5 * MINUTE_MS;
/** A slot whose run was not made by then is missed: the operator gives two minutes and 20 s. */
const LATEST_MS = 140_000;
/** A second run of a slot would come later than the first. */
const DOUBLES_MS = 5_000;
const QUEUE = 'stopped';

/** Two thousand schedules of one minute on the cluster of KUBECONFIG, where Endwell is installed. What they make waits in a queue. */
export const sameMinute: Bench = {
  name: 'sameMinute',
  async measure() {
    const client = await clientOf(String(process.env['KUBECONFIG']));
    const { namespace, deleteAll } = newNamespace(client);
    try {
      return figuresOf(await liveThrough(client, await namespace()));
    } finally {
      await deleteAll();
      await client.close();
    }
  },
};

/** ms after the slot at which each run was seen, by name. */
async function liveThrough(client: KubeClient, namespace: string) {
  const slot = Math.ceil((Date.now() + LEAD_MS) / MINUTE_MS) * MINUTE_MS;
  await declare(client, namespace, slot);
  if (Date.now() > slot - MINUTE_MS / 6)
    throw new Error('making schedules: it took longer than to their minute');
  const seen = new Map<string, number[]>();
  const stop = new AbortController();
  const { resourceVersion } = await client.list(runs, { namespace });
  const watching = (async () => {
    for await (const event of client.watch(runs, { namespace, resourceVersion, signal: stop.signal })) {
      if (event.type !== 'ADDED') continue;
      const name = event.object.metadata.name ?? '';
      seen.set(name, [...(seen.get(name) ?? []), Date.now() - slot]);
    }
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  while (seen.size < SCHEDULES && Date.now() < slot + LATEST_MS) await pause(1_000);
  await pause(DOUBLES_MS);
  stop.abort();
  await watching;
  const wanted = Array.from({ length: SCHEDULES }, (_, index) => slotRunName(`s${index}`, slot));
  return { seen, wanted };
}

async function declare(client: KubeClient, namespace: string, slot: number): Promise<void> {
  const stopped = { metadata: { namespace, name: QUEUE }, spec: { maxRunning: 0 } };
  await client.create(queues, { apiVersion: API_VERSION, kind: 'Queue', ...stopped });
  const at = new Date(slot);
  const cron = `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`;
  const main = { spec: { containers: [{ name: 'main', image: 'busybox:1', command: ['true'] }] } };
  const spec = { cron, run: { spec: { queue: QUEUE, main } } };
  const make = (index: number) =>
    client.create(schedules, {
      apiVersion: API_VERSION,
      kind: 'Schedule',
      metadata: { namespace, name: `s${index}` },
      spec,
    });
  for (let from = 0; from < SCHEDULES; from += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => make(from + index)));
  await eventually(async () => {
    const { items } = await client.listAll(schedules, { namespace });
    return items.every(({ status }) => status?.nextSlot !== undefined);
  }, 'all schedules to be known');
}

function figuresOf({ seen, wanted }: Awaited<ReturnType<typeof liveThrough>>) {
  const times = [...seen.values()].flat();
  const missed = wanted.filter((name) => !seen.has(name)).length;
  const tooMany = times.length - (wanted.length - missed);
  return [
    {
      what: `${SCHEDULES} schedules of one minute on a real API server: first run, last run made`,
      value: `${amount(Math.min(...times), 'ms')}, ${amount(Math.max(...times), 'ms')}`,
      aim: '≤ 30000 ms',
    },
    { what: 'of these slots missed; run twice', value: `${missed}; ${tooMany}`, aim: '0; 0' },
  ];
}
