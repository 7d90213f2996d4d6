import { describe, expect, it } from 'vitest';
import { sleep } from '../../ports/clock.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { type ReconcileReport, type ReconcileResult, runController } from './controller.ts';

const SERVER_AHEAD_MS = 5_000;

function setUp(reconcile: (key: string, signal: AbortSignal) => Promise<ReconcileResult>) {
  const clock = virtualClock(1_000_000);
  const reports: ReconcileReport[] = [];
  const controller = runController({
    clock,
    random: () => 0.5,
    now: () => clock.now() + SERVER_AHEAD_MS,
    concurrency: 2,
    timeoutMs: 30_000,
    reconcile,
    onReport: (report) => reports.push(report),
  });
  return { clock, controller, reports };
}

describe('runController', () => {
  it("comes back at wakeAtMs of the server's time, without being asked", async () => {
    const at: number[] = [];
    const { clock, controller } = setUp(async () => {
      at.push(clock.now() + SERVER_AHEAD_MS);
      return at.length === 1 ? { wakeAtMs: 1_065_000 } : {};
    });
    controller.add('run');
    await clock.advance(600_000);
    expect(at).toEqual([1_005_000, 1_065_000]);
  });

  it('runs again at once when wakeAtMs is already past', async () => {
    let runs = 0;
    const { clock, controller } = setUp(async () => (++runs === 1 ? { wakeAtMs: 1 } : {}));
    controller.add('run');
    await clock.advance(0);
    expect(runs).toBe(2);
  });

  it('tells all about one reconcile in one report', async () => {
    const { clock, controller, reports } = setUp(async () => {
      await sleep(clock, 20);
      return { fields: { phase: 'Running' } };
    });
    controller.add('run');
    await clock.advance(1_000);
    expect(reports).toEqual([
      {
        key: 'run',
        outcome: 'done',
        durationMs: 20,
        waitedMs: 0,
        failures: 0,
        wakeAtMs: undefined,
        error: undefined,
        fields: { phase: 'Running' },
      },
    ]);
  });

  it('retries what failed, with back-off, and says how often it has', async () => {
    const { clock, controller, reports } = setUp(async () => {
      if (reports.length < 3) throw new Error('the API is away');
      return {};
    });
    controller.add('run');
    await clock.advance(10_000);
    expect(reports.map(({ outcome, failures }) => `${outcome} ${failures}`)).toEqual([
      'failed 0',
      'failed 1',
      'failed 2',
      'done 3',
    ]);
    expect(controller.overrunMs()).toBe(0);
  });

  it('tells a reconcile that takes too long to give up, and tries again', async () => {
    const { clock, controller, reports } = setUp(async (_key, signal) => {
      await sleep(clock, reports.length === 0 ? 90_000 : 1, signal);
      return {};
    });
    controller.add('run');
    await clock.advance(40_000);
    expect(reports.map(({ outcome, durationMs }) => [outcome, durationMs])).toEqual([
      ['timedOut', 30_000],
      ['done', 1],
    ]);
  });

  it('says by how much a reconcile overruns that does not give up, and never runs its key beside it', async () => {
    let runs = 0;
    const { clock, controller } = setUp(async (key) => {
      runs++;
      await sleep(clock, key === 'stuck' ? 100_000 : 1);
      return {};
    });
    controller.add('stuck');
    await clock.advance(30_000);
    expect(controller.overrunMs()).toBe(0);
    controller.add('stuck');
    controller.add('other');
    await clock.advance(45_000);
    expect(controller.overrunMs()).toBe(45_000);
    expect(runs).toBe(2);
  });

  it('drains without telling what runs to give up, stops by telling', async () => {
    const ends: string[] = [];
    const work = async (key: string, signal: AbortSignal) => {
      await sleep(clock, 1_000, signal).catch(() => ends.push(`${key} gave up`));
      ends.push(`${key} ended`);
      return {};
    };
    const { clock, controller } = setUp((key, signal) => work(key, signal));
    controller.add('a');
    await clock.advance(0);
    const drained = controller.drain();
    await clock.advance(1_000);
    await drained;
    expect(ends).toEqual(['a ended']);
    expect(clock.timers()).toBe(0);
  });

  it('tells what runs to give up on demand, and takes it up again', async () => {
    const ends: string[] = [];
    const { clock, controller } = setUp(async (_key, signal) => {
      const end = await sleep(clock, 1_000, signal).then(
        () => 'done',
        () => 'gave up',
      );
      ends.push(end);
      if (end === 'gave up') throw new Error('told to');
      return {};
    });
    controller.add('a');
    await clock.advance(500);
    controller.giveUp(new Error('this process leads no more'));
    await clock.advance(5_000);
    expect(ends).toEqual(['gave up', 'done']);
  });
});
