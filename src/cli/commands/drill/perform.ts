import type { Clock, Timer } from '../../../ports/clock.ts';
import { KEEP_SECONDS } from './canaryRun.ts';
import { type Breach, countBreaches } from './count.ts';
import { cutClient } from './cutWatch.ts';
import { Rounds } from './rounds.ts';
import type { Findings, Task } from './task.ts';
import { measureTimes } from './times.ts';
import { startWatcher, type Watcher } from './watcher.ts';

const CUT_EVERY_MS = 1_500;
/** What a fault is called that hits the drill's own watch. */
const CUT = 'watch connections cut';
/** For all runs and pods to go, beyond the time that they are kept. */
const GO_MS = 45_000;
/** For a watch that was cut to go on where it was. */
const CATCH_UP_MS = 15_000;

/** Lives through all rounds and counts, from outside. What is in the namespace afterwards is the caller's to remove. */
export async function perform(task: Task): Promise<Findings> {
  const { client, clock, namespace, random, signal } = task;
  const cutter = cutClient(task.toBeCut);
  const watcher = startWatcher({ client, namespace, clock, random });
  const cutWatcher = startWatcher({ client: cutter.client, namespace, clock, random });
  const timer = repeatedly(clock, CUT_EVERY_MS, () => cutter.cut());
  try {
    const rounds = new Rounds(task, watcher);
    await rounds.live();
    timer.cancel();
    const breaches = countBreaches(rounds.made, watcher.seen);
    const missed = () => cutWatcher.seen.missed(watcher.seen);
    await cutWatcher.until(() => missed().length === 0, clock.monotonic() + CATCH_UP_MS, signal);
    const unseen = missed().map((what): Breach => ({ promise: 'unseen', said: what }));
    const left = rounds.cutShort === undefined ? await leftBehind(task, watcher) : [];
    return {
      planned: rounds.plan.length,
      made: rounds.made.length,
      breaches: [...breaches, ...left, ...unseen],
      times: measureTimes(rounds.made, watcher.seen, rounds.restart()),
      faults: { ...rounds.faults, [CUT]: cutter.count() },
      skipped: rounds.skipped,
      cutShort: rounds.cutShort,
    };
  } finally {
    timer.cancel();
    await Promise.all([watcher.stop(), cutWatcher.stop()]);
  }
}

/** What is still there when all should have gone by itself. */
async function leftBehind({ clock, signal, tell }: Task, watcher: Watcher): Promise<Breach[]> {
  tell('waiting for runs and pods to go by themselves');
  const until = clock.monotonic() + KEEP_SECONDS * 1000 + GO_MS;
  await watcher.until((seen) => seen.present().length === 0, until, signal);
  const seconds = KEEP_SECONDS + GO_MS / 1000;
  return watcher.seen.present().map((what) => ({
    promise: 'leftBehind',
    said: `${what} is still there ${seconds} s after the last run ended`,
  }));
}

function repeatedly(clock: Clock, ms: number, fn: () => void): Timer {
  const again = (): Timer =>
    clock.after(ms, () => {
      fn();
      timer = again();
    });
  let timer = again();
  return { cancel: () => timer.cancel() };
}
