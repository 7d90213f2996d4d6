import { describe, expect, it } from 'vitest';
import { type Plan, planOf } from './plan.ts';
import { failureText } from './report.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulate.ts';
import { VARIANTS } from './variants.ts';

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

describe('VARIANTS', () => {
  it.each(VARIANTS.map((variant) => [variant.name, variant] as const))(
    'an operator that %s is found',
    async (_name, { make, withinSeeds }) => {
      let seed = 0;
      while (seed < withinSeeds) {
        const { violation } = await simulate(planOf(seed, 'small'), make());
        if (violation !== undefined) return;
        seed += 1;
      }
      expect.fail(`no promise was broken in ${withinSeeds} seeds`);
    },
  );
});

describe('shrink', () => {
  it('leaves faults of which each is needed', async () => {
    const [variant] = VARIANTS.filter(({ name }) => name === 'skips the handler of a run that was deleted');
    const live = (plan: Plan) => simulate(plan, variant?.make());
    let seed = 0;
    let outcome = await live(planOf(seed, 'small'));
    while (outcome.violation === undefined || outcome.plan.faults.length < 4) {
      seed += 1;
      outcome = await live(planOf(seed, 'small'));
    }
    const { promise } = outcome.violation;
    const { faults } = await shrink(outcome.plan, promise, live);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.length).toBeLessThan(outcome.plan.faults.length);
    expect((await live({ ...outcome.plan, faults })).violation?.promise).toBe(promise);
    for (const one of faults) {
      const without = faults.filter((other) => other !== one);
      expect((await live({ ...outcome.plan, faults: without })).violation?.promise).not.toBe(promise);
    }
  });
});
