import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sleep } from '../../ports/clock.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { type WorkAnswer, WorkQueue } from './workQueue.ts';

const key = fc.constantFrom('a', 'b', 'c', 'd');
const ms = fc.constantFrom(0, 1, 7, 50, 400);
const priority = fc.integer({ min: -2, max: 3 });
const step = fc.oneof(
  fc.record({ do: fc.constant('add' as const), key, priority }),
  fc.record({ do: fc.constant('addAfter' as const), key, ms, priority }),
  fc.record({ do: fc.constant('wait' as const), ms }),
);
const answer: fc.Arbitrary<WorkAnswer> = fc.oneof(
  fc.constant<WorkAnswer>({ kind: 'done' }),
  fc.constant<WorkAnswer>({ kind: 'done' }),
  fc.constant<WorkAnswer>({ kind: 'retry' }),
  ms.map((after): WorkAnswer => ({ kind: 'after', ms: after })),
);
const run = fc.record({ workMs: ms, answer });

describe('WorkQueue, over random interleavings', () => {
  it('never runs a key twice at once nor more keys than allowed, and after the last add of a key runs it', async () => {
    const plan = fc.tuple(fc.array(step, { maxLength: 40 }), fc.array(run, { maxLength: 30 }));
    await fc.assert(
      fc.asyncProperty(plan, fc.integer({ min: 1, max: 3 }), async ([steps, runs], concurrency) => {
        const clock = virtualClock();
        const running = new Set<string>();
        const owed = new Set<string>();
        const faults: string[] = [];
        const queue = new WorkQueue({
          clock,
          random: () => 0.5,
          concurrency,
          handle: async (name) => {
            if (running.has(name)) faults.push(`${name} runs twice at once`);
            owed.delete(name);
            running.add(name);
            if (running.size > concurrency) faults.push(`${running.size} run at once`);
            const { workMs, answer } = runs.shift() ?? { workMs: 1, answer: { kind: 'done' as const } };
            await sleep(clock, workMs);
            running.delete(name);
            return answer;
          },
        });
        for (const now of steps) {
          if (now.do === 'wait') await clock.advance(now.ms);
          else owed.add(now.key);
          if (now.do === 'add') queue.add(now.key, now.priority);
          if (now.do === 'addAfter') queue.addAfter(now.key, now.ms, now.priority);
        }
        await clock.advance(600_000);
        expect(faults).toEqual([]);
        expect([...owed]).toEqual([]);
        expect(queue.stats()).toEqual({ ready: 0, delayed: 0, running: 0, failing: 0 });
        expect(clock.timers()).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
