import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import { type Row, type Scene, type Setting } from './fault.ts';
import { workers } from './job.ts';

const EVERY_MS = 5_000;
/** A leader of a lease of 4 s has about one second of every five: where that is too little for it, the row ends all the same. */
const MOST_KILLS = { short: 4, full: 180 };
/** Longer than the lease of 4 s: another leads when it wakes. */
const ASLEEP_MS = 9_000;

/** Resolves once as many mains as asked for have begun. */
export async function begun(scene: Scene, mains: number): Promise<void> {
  await eventually(() => scene.calls('main').length >= mains, `${mains} mains to begin`);
}

/** Faults of the operator that leads. */
export const leaderFaults: readonly Row<Setting>[] = [
  {
    name: 'leader killed',
    does: {
      short: 'SIGKILL of the leading operator every 5 s, 4 times during 12 runs',
      full: 'SIGKILL of the leading operator every 5 s, until 200 runs are over or 15 minutes',
    },
    plan: ({ form, operators }) => ({
      jobs: (url) => (form === 'short' ? workers(url, 12, 8) : workers(url, 200, 60)),
      async strike(scene) {
        await begun(scene, 1);
        await operators.leader();
        // By the clock: who took over a moment ago may go at once or live for seconds.
        const isEnough = (kills: number) => kills > 0 && (scene.isOver() || kills >= MOST_KILLS[form]);
        for (let kills = 0; !isEnough(kills); await delay(EVERY_MS)) {
          const leader = await operators.leaderNow();
          leader?.signal('SIGKILL');
          kills += leader === undefined ? 0 : 1;
        }
      },
    }),
  },
  {
    name: 'leader halted',
    does: {
      short: 'SIGSTOP of the leading operator for 9 s, past its lease of 4 s, then SIGCONT',
      full: 'SIGSTOP of the leading operator for 9 s, past its lease of 4 s, then SIGCONT; 6 times during 60 runs',
    },
    plan: ({ form, operators }) => ({
      jobs: (url) => (form === 'short' ? workers(url, 6, 6) : workers(url, 60, 60)),
      async strike(scene) {
        await begun(scene, 1);
        for (let times = form === 'short' ? 1 : 6; times > 0; times -= 1) {
          const leader = await operators.leader();
          leader.signal('SIGSTOP');
          await delay(ASLEEP_MS);
          leader.signal('SIGCONT');
        }
      },
    }),
  },
];
