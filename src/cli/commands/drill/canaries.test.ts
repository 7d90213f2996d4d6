import { describe, expect, it } from 'vitest';
import { parseRunSpec } from '../../../core/run/spec.ts';
import { FEWEST_RUNS, LIVES, planCanaries, ROUNDS } from './canaries.ts';
import { canaryPod, canaryRun } from './canaryRun.ts';

describe('planCanaries', () => {
  it.each([FEWEST_RUNS, 24, 200])(
    'makes %i runs with names of their own, each life at least once',
    (runs) => {
      const plan = planCanaries(runs);
      expect(plan).toHaveLength(runs);
      expect(new Set(plan.map(({ name }) => name)).size).toBe(runs);
      expect(new Set(plan.map(({ life }) => life))).toEqual(new Set(Object.values(LIVES)));
    },
  );

  it('adds runs that nobody disturbs, so that times are measured and the cluster is not', () => {
    const calm = planCanaries(200).filter(({ life }) => life.round === 'undisturbed');
    expect(calm.length).toBe(
      200 - planCanaries(FEWEST_RUNS).filter(({ life }) => life.round !== 'undisturbed').length,
    );
  });

  it('has something to do in every round', () => {
    for (const round of ROUNDS)
      expect(
        planCanaries(FEWEST_RUNS).some(({ life }) => life.round === round),
        round,
      ).toBe(true);
  });
});

describe('canaryRun', () => {
  it.each(planCanaries(FEWEST_RUNS).map((canary) => [canary.name, canary] as const))(
    '%s is a valid run, small, unprivileged, and soon gone',
    (_name, canary) => {
      const { spec } = canaryRun(canary, 'drill', 'busybox:1.37');
      expect(parseRunSpec(spec).problems).toBeUndefined();
      for (const overlay of [spec.main, spec.exitHandler]) {
        expect(overlay?.spec?.securityContext).toMatchObject({ runAsNonRoot: true });
        expect(overlay?.spec?.automountServiceAccountToken).toBe(false);
        expect(overlay?.spec?.containers?.[0]?.resources?.limits).toEqual({ memory: '64Mi' });
      }
      expect(spec.ttlSeconds?.failed).toBeLessThanOrEqual(10);
    },
  );

  it('lets only the pod wait for a node that no cluster has which is to be deleted while it is pending', () => {
    const waiting = planCanaries(FEWEST_RUNS).filter(
      (canary) => canaryRun(canary, 'drill', 'x').spec.main.spec?.nodeSelector !== undefined,
    );
    expect(waiting.map(({ name }) => name)).toEqual(['pending-pod-deleted-1']);
  });
});

describe('canaryPod', () => {
  it('has the containers of a canary', () => {
    const [canary] = planCanaries(FEWEST_RUNS);
    if (canary === undefined) throw new Error('a plan is never empty');
    const { spec } = canaryRun(canary, 'drill', 'x');
    expect(canaryPod('drill', 'x').spec?.containers).toEqual(spec.main.spec?.containers);
  });
});
