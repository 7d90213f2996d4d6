import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import type { Row, Scene, Setting } from './fault.ts';
import { workers } from './job.ts';
import { begun } from './leader.ts';
import { testcluster } from './stage.ts';

/** Short, and as long as the guarantee names. */
const AWAY_MS = { short: 12_000, full: 300_000 };
const HANGS_MS = { short: 12_000, full: 60_000 };

/** Ready for everybody, not just started: until then the fault is not over. */
async function untilReady({ client }: Scene): Promise<void> {
  const isReady = async () => (await client()).raw('GET', '/readyz?verbose', undefined).then(yes, no);
  await eventually(isReady, 'the API server to be ready', 120_000);
}

const yes = () => true;
// /readyz answers text, which is no JSON: an answer is enough to know that it serves.
const no = (error: unknown) => error instanceof SyntaxError || /JSON/.test(String(error));

/** The API server is killed, and comes back with an etcd that has forgotten what is old: every watch gets 410. */
async function outage(scene: Scene, ms: number, meanwhile: () => Promise<void>): Promise<void> {
  const start = scene.cleanups.add(() => testcluster('api', 'start'));
  await testcluster('api', 'stop');
  await delay(ms);
  await meanwhile();
  await start();
  await untilReady(scene);
}

/** Faults of the API server itself, for everybody alike. */
export const apiServerFaults: readonly Row<Setting>[] = [
  {
    name: 'API server away, etcd compacted',
    does: {
      short: 'API server killed for 12 s during 6 runs, etcd compacted meanwhile (410 for every watch)',
      full: 'API server killed for 5 minutes during 60 runs, etcd compacted meanwhile (410 for every watch)',
    },
    plan: ({ form }) => ({
      jobs: (url) => (form === 'short' ? workers(url, 6, 12) : workers(url, 60, 330)),
      async strike(scene) {
        await begun(scene, scene.jobs.length / 2);
        await outage(scene, AWAY_MS[form], () => testcluster('api', 'compact'));
      },
    }),
  },
  {
    name: 'API server hangs',
    does: {
      short: 'API server halted for 12 s with its connections open, during 6 runs',
      full: 'API server halted for 60 s with its connections open, during 60 runs',
    },
    plan: ({ form }) => ({
      jobs: (url) => (form === 'short' ? workers(url, 6, 12) : workers(url, 60, 90)),
      async strike(scene) {
        await begun(scene, scene.jobs.length / 2);
        const resume = scene.cleanups.add(() => testcluster('api', 'resume'));
        await testcluster('api', 'pause');
        await delay(HANGS_MS[form]);
        await resume();
        await untilReady(scene);
      },
    }),
  },
];
