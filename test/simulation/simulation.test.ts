import { describe, expect, it } from 'vitest';
import { planOf } from './plan.ts';
import { failureText } from './report.ts';
import { simulate } from './simulate.ts';

/** Lived through at every `npm test`, in parts so that a failing one is named soon. */
const SEEDS = 300;
const PART = 50;

describe('simulate', () => {
  it.each(Array.from({ length: SEEDS / PART }, (_, part) => part * PART))(
    `keeps every promise in ${PART} seeds from %i`,
    async (from) => {
      for (let seed = from; seed < from + PART; seed += 1) {
        const outcome = await simulate(planOf(seed, 'small'));
        expect(failureText(outcome, 'small') ?? 'kept').toBe('kept');
      }
    },
  );

  it('keeps every promise with dozens of runs', async () => {
    const outcome = await simulate(planOf(1, 'big'));
    expect(failureText(outcome, 'big') ?? 'kept').toBe('kept');
  });

  it('lives the same life again for the same seed, and another for another', async () => {
    const hashes: string[] = [];
    for (const seed of [2, 2, 3]) hashes.push((await simulate(planOf(seed, 'small'))).hash);
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).not.toBe(hashes[0]);
  });
});
