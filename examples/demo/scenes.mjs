// What the demo plays: the same job four times, what is done to it, and how it has to end.
import { deletePod, logsOf, say, until } from './endwell.mjs';

/** Long enough to do something to a job before it has read everything, on a machine that is busy, too. */
const SLOW_READ_MS = 60_000;

/** `slowly` makes the source wait before each record; `outcome` and `reason` are what the run has to end with. */
export const SCENES = [
  {
    run: 'sync-commits',
    title: 'the job runs to its end',
    expect: { outcome: 'Succeeded', reason: 'Completed' },
  },
  {
    run: 'sync-killed',
    title: 'its process is killed (SIGKILL), as the kernel does when memory runs out',
    slowly: SLOW_READ_MS,
    strike: killProcess,
    expect: { outcome: 'Failed', reason: 'Signal' },
  },
  {
    run: 'sync-deleted',
    title: 'its pod is deleted, as by somebody who tidies up',
    slowly: SLOW_READ_MS,
    strike: deleteItsPod,
    expect: { outcome: 'Failed', reason: 'PodDeleted' },
  },
  {
    run: 'sync-slow',
    title: 'it runs past its limit of 2 seconds',
    slowly: SLOW_READ_MS,
    limits: { runSeconds: 2 },
    expect: { outcome: 'Failed', reason: 'RunTimeout' },
  },
];

/** Strikes in the middle: when the destination has acknowledged the first records. */
async function middleOf(run) {
  return until(`${run} to have written its first records`, async () => {
    const log = await logsOf(run);
    return /acknowledged/.test(log) ? log : undefined;
  });
}

async function killProcess(run) {
  const pid = Number(/process (\d+)/.exec(await middleOf(run))?.[1]);
  say(`  ⚡ kill -9 ${pid}`);
  process.kill(pid, 'SIGKILL');
}

async function deleteItsPod(run) {
  await middleOf(run);
  say(`  ⚡ DELETE /api/v1/namespaces/default/pods/${run}-m1`);
  await deletePod(`${run}-m1`);
}
