import { describe, expect, it } from 'vitest';
import { type Plan, planOf } from '../simulation/plan.ts';
import { shrink } from '../simulation/shrink.ts';
import { simulate } from '../simulation/simulate.ts';
import { VARIANTS } from '../simulation/variants.ts';

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
