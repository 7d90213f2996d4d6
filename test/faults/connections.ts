import { setTimeout as delay } from 'node:timers/promises';
import { type Row, type Setting } from './fault.ts';
import { workers } from './job.ts';
import { begun } from './leader.ts';
import type { Mode } from './proxy.ts';

/** Longer than the lease of 4 s. */
const AWAY_MS = 10_000;
const SECOND_MS = 1_000;

/** The leader alone is struck, so that another takes over and it comes back to a world that went on. */
function ofLeader(name: string, what: string, mode: Mode): Row<Setting> {
  return {
    name,
    does: {
      short: `${what} for 10 s, during 6 runs`,
      full: `${what} for 10 s, 4 times during 60 runs`,
    },
    plan: ({ form, operators }) => ({
      jobs: (url) => (form === 'short' ? workers(url, 6, 6) : workers(url, 60, 60)),
      async strike(scene) {
        await begun(scene, 1);
        for (let times = form === 'short' ? 1 : 4; times > 0; times -= 1) {
          const leader = await operators.leader();
          leader.proxy.mode(mode);
          await delay(AWAY_MS);
          leader.proxy.mode('pass');
        }
      },
      also: () => Promise.resolve(operators.all.some(({ proxy }) => proxy.strikes() > 0) ? [] : [NO_STRIKE]),
    }),
  };
}

const NO_STRIKE = 'the proxies struck nothing: this fault was none';

/** Faults on the way to the API server, made by a TLS proxy in front of each operator. */
export const connectionFaults: readonly Row<Setting>[] = [
  ofLeader('connections cut', 'all API connections of the leader cut, and none let through', 'cut'),
  ofLeader(
    'connections stalled',
    'all API connections of the leader stay open and carry nothing; what it sent is delivered late',
    'stall',
  ),
  {
    name: '429 storm',
    does: {
      short: '3 of 5 requests of all operators answered 429 for 10 s, during 6 runs',
      full: '3 of 5 requests of all operators answered 429 for 60 s, during 60 runs',
    },
    plan: ({ form, operators }) => ({
      jobs: (url) => (form === 'short' ? workers(url, 6, 6) : workers(url, 60, 60)),
      async strike(scene) {
        for (const { proxy } of operators.all) proxy.mode('refuse');
        await delay(form === 'short' ? 10_000 : 60_000);
        for (const { proxy } of operators.all) proxy.mode('pass');
        await begun(scene, 1);
      },
      also: () => Promise.resolve(operators.all.some(({ proxy }) => proxy.strikes() > 0) ? [] : [NO_STRIKE]),
    }),
  },
  {
    name: 'watches cut',
    does: {
      short: 'every watch of all operators cut every second for 10 s, during 6 runs',
      full: 'every watch of all operators cut every second for 60 s, during 60 runs',
    },
    plan: ({ form, operators }) => ({
      jobs: (url) => (form === 'short' ? workers(url, 6, 6) : workers(url, 60, 60)),
      async strike() {
        for (let times = form === 'short' ? 10 : 60; times > 0; times -= 1) {
          await delay(SECOND_MS);
          for (const { proxy } of operators.all) proxy.cutWatches();
        }
      },
      also: () => Promise.resolve(operators.all.some(({ proxy }) => proxy.strikes() > 0) ? [] : [NO_STRIKE]),
    }),
  },
];
