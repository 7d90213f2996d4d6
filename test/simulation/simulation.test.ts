import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Effect, neverSeen } from './effects.ts';
import { planOf } from './plan.ts';
import { simulate } from './simulate.ts';
import { startWorkers, type Workers } from './workers.ts';

/** Lived through at every `npm test`, in parts so that a failing one is named soon. */
const SEEDS = 300;
const PART = 25;

let workers: Workers;
beforeAll(async () => {
  workers = await startWorkers(availableParallelism());
});
afterAll(() => workers.stop());

/** In how many of the small seeds each thing went wrong. */
const effects = new Map<Effect, number>();

async function failuresOf(order: Parameters<Workers['live']>[0]): Promise<string[]> {
  const { failures, effects: seen } = await workers.live(order);
  if (order.size === 'small')
    for (const [effect, count] of seen) {
      effects.set(effect, (effects.get(effect) ?? 0) + count);
    }
  return failures.map(({ text }) => text);
}

describe.concurrent('seeds', () => {
  it.each(Array.from({ length: SEEDS / PART }, (_, part) => part * PART))(
    `keep every promise, ${PART} from %i`,
    async (from) => {
      expect(await failuresOf({ from, count: PART, size: 'small' })).toEqual([]);
    },
  );

  it('keep every promise with dozens of runs', async () => {
    expect(await failuresOf({ from: 1, count: 1, size: 'big' })).toEqual([]);
  });
});

describe('all seeds together', () => {
  it('meet all that should often go wrong', () => {
    expect(neverSeen(effects, SEEDS)).toEqual([]);
  });
});

describe('simulate', () => {
  it('lives the same life again for the same seed, and another for another', async () => {
    const hashes: string[] = [];
    for (const seed of [2, 2, 3]) hashes.push((await simulate(planOf(seed, 'small'))).hash);
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).not.toBe(hashes[0]);
  });
});
