import { setTimeout as delay } from 'node:timers/promises';
import { nodes } from '../../src/kube/resources.ts';
import { eventually } from '../support/eventually.ts';
import type { Row, Setting } from './fault.ts';
import { workers } from './job.ts';
import { begun } from './leader.ts';
import { testcluster } from './stage.ts';

/** NotReady after 12 s, pods leave 5 s later (`up --evict-after 5`): the node is away for longer than both. */
const AWAY_MS = { short: 22_000, full: 60_000 };

/**
 * What a main on the lost node may come to: it is evicted, which is retried, and then ends as it would have; or its
 * node finds, once it is back, that its container is gone, and nobody knows how it ended.
 */
const CUT_SHORT = [
  'Failed PodDeleted',
  'Failed Unknown',
  'Failed NodeLost',
  'Failed Evicted',
  'Failed Signal',
];

/** Loses a node with all that runs on it, and brings it back as after a reboot. */
export const nodeFaults: readonly Row<Setting>[] = [
  {
    name: 'node lost and back',
    does: {
      short: 'a node killed with all its containers for 22 s, during 8 runs',
      full: 'a node killed with all its containers for 60 s, during 60 runs',
    },
    plan: ({ form }) => ({
      jobs: (url) =>
        (form === 'short' ? workers(url, 8, 20) : workers(url, 60, 90)).map((job) => ({
          ...job,
          ends: [...job.ends, ...CUT_SHORT],
        })),
      async strike(scene) {
        await begun(scene, scene.jobs.length / 2);
        const { items } = await (await scene.client()).list(nodes);
        const name = items.at(-1)?.metadata?.name ?? '';
        const start = scene.cleanups.add(() => testcluster('node', 'start', name));
        await testcluster('node', 'stop', name);
        await delay(AWAY_MS[form]);
        await start();
        await eventually(
          async () => (await (await scene.client()).get(nodes, { name })).status?.conditions?.some(isReady),
          `node ${name} to be ready`,
        );
      },
    }),
  },
];

const isReady = ({ type, status }: { type: string; status: string }) => type === 'Ready' && status === 'True';
