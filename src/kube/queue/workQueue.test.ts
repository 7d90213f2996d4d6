import { describe, expect, it } from 'vitest';
import { sleep } from '../../ports/clock.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { type WorkAnswer, WorkQueue, type WorkQueueOptions } from './workQueue.ts';

const DONE: WorkAnswer = { kind: 'done' };

/** A queue whose handler notes when each key began, works for `workMs` and answers what `answers` says. */
function setUp(options: Partial<WorkQueueOptions> & { workMs?: number; answers?: WorkAnswer[] } = {}) {
  const clock = virtualClock();
  const began: string[] = [];
  const { workMs = 10, answers = [], ...rest } = options;
  const queue = new WorkQueue({
    clock,
    random: () => 0.5,
    concurrency: 1,
    handle: async (key) => {
      began.push(`${key}@${clock.monotonic()}`);
      await sleep(clock, workMs);
      return answers.shift() ?? DONE;
    },
    ...rest,
  });
  return { clock, queue, began };
}

describe('WorkQueue', () => {
  it('runs a key once however often it was added', async () => {
    const { clock, queue, began } = setUp();
    for (let i = 0; i < 100; i++) queue.add('a');
    await clock.advance(1_000);
    expect(began).toEqual(['a@0']);
  });

  it('runs a key once more when it was added while running, and not before it has finished', async () => {
    const { clock, queue, began } = setUp({ concurrency: 4 });
    queue.add('a');
    await clock.advance(5);
    queue.add('a');
    queue.add('a');
    await clock.advance(1_000);
    expect(began).toEqual(['a@0', 'a@10']);
  });

  it('runs as many keys at once as its concurrency allows', async () => {
    const { clock, queue, began } = setUp({ concurrency: 2 });
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await clock.advance(1_000);
    expect(began).toEqual(['a@0', 'b@0', 'c@10']);
  });

  it('runs a delayed key at its time, of two delays at the earlier', async () => {
    const { clock, queue, began } = setUp();
    queue.addAfter('a', 500);
    queue.addAfter('a', 100);
    queue.addAfter('a', 300);
    await clock.advance(1_000);
    expect(began).toEqual(['a@100']);
  });

  it('waits truly as long when the delay is beyond what a timer of the runtime can hold', async () => {
    const { clock, queue, began } = setUp();
    const thirtyDays = 30 * 86_400_000;
    queue.addAfter('a', thirtyDays);
    await clock.advance(thirtyDays - 1);
    expect(began).toEqual([]);
    await clock.advance(1);
    expect(began).toEqual([`a@${thirtyDays}`]);
  });

  it('comes back when the handler asks for it', async () => {
    const { clock, queue, began } = setUp({ answers: [{ kind: 'after', ms: 90 }] });
    queue.add('a');
    await clock.advance(1_000);
    expect(began).toEqual(['a@0', 'a@100']);
  });

  it('backs off twice as long after each failure in a row, and forgets them after a success', async () => {
    const retry: WorkAnswer = { kind: 'retry' };
    const { clock, queue, began } = setUp({
      workMs: 0,
      backoff: { baseMs: 100, capMs: 300 },
      answers: [retry, retry, retry, retry, DONE, retry, DONE],
    });
    queue.add('a');
    await clock.advance(10_000);
    expect(began).toEqual(['a@0', 'a@75', 'a@225', 'a@450', 'a@675']);
    expect(queue.stats().failing).toBe(0);
    queue.add('a');
    await clock.advance(10_000);
    expect(began.slice(5)).toEqual(['a@10000', 'a@10075']);
  });

  it('takes a handler that rejects for a failure, and reports it', async () => {
    const defects: string[] = [];
    let runs = 0;
    const { clock, queue } = setUp({
      handle: async () => {
        if (runs++ === 0) throw new Error('boom');
        return DONE;
      },
      onDefect: (key, error) => {
        defects.push(`${key}: ${String(error)}`);
        throw new Error('a reporter that fails');
      },
    });
    queue.add('a');
    await clock.advance(1_000);
    expect(runs).toBe(2);
    expect(defects).toEqual(['a: Error: boom']);
  });

  it('forgets the back-off and the delay of a key that is of no interest any more', async () => {
    const { clock, queue, began } = setUp({ answers: [{ kind: 'retry' }] });
    queue.add('a');
    await clock.advance(20);
    expect(queue.stats()).toMatchObject({ delayed: 1, failing: 1 });
    queue.forget('a');
    expect(queue.stats()).toEqual({ ready: 0, delayed: 0, running: 0, failing: 0 });
    await clock.advance(10_000);
    expect(began).toHaveLength(1);
  });

  it('runs the higher priority first, of equals the one that was added first', async () => {
    const { clock, queue, began } = setUp();
    queue.add('low');
    queue.add('high', 5);
    queue.add('second');
    queue.add('raised');
    queue.add('raised', 9);
    await clock.advance(1_000);
    expect(began.map((entry) => entry.split('@')[0])).toEqual(['raised', 'high', 'low', 'second']);
  });

  it('lets a key be overtaken only by those that came within a second for each step of priority', async () => {
    const { clock, queue, began } = setUp({ workMs: 100 });
    queue.add('running');
    await clock.advance(1);
    queue.add('low');
    for (let i = 0; i < 100; i++) {
      queue.add(`high${i}`, 2);
      await clock.advance(90);
    }
    const at = began.findIndex((entry) => entry.startsWith('low@'));
    expect(began[at - 1]).toMatch(/^high2[0-3]@/);
  });

  it('drains: finishes what runs, starts nothing, accepts nothing', async () => {
    const { clock, queue, began } = setUp();
    for (const key of ['a', 'b']) queue.add(key);
    queue.addAfter('c', 5);
    await clock.advance(5);
    queue.add('a');
    let isDrained = false;
    const drained = queue.drain().then(() => {
      isDrained = true;
    });
    queue.add('d');
    queue.addAfter('d', 1);
    await clock.advance(4);
    expect(isDrained).toBe(false);
    await clock.advance(1);
    await drained;
    await clock.advance(10_000);
    expect(began).toEqual(['a@0']);
    expect(clock.timers()).toBe(0);
  });

  it('stops: tells running handlers to give up, and resolves when they have', async () => {
    const seen: string[] = [];
    const { clock, queue } = setUp({
      handle: async (key, { signal }) => {
        await sleep(clock, 60_000, signal).catch(() => seen.push(`${key} gave up`));
        return DONE;
      },
    });
    queue.add('a');
    await clock.advance(5);
    await queue.stop();
    expect(seen).toEqual(['a gave up']);
    await queue.stop();
  });
});
