import { describe, expect, it } from 'vitest';
import { failedHookMessage, failedHooksOf, hasPipelineHook } from './preStopHooks.ts';

const GRACE_MS = 60_000;

function hook(pod: string, at: number) {
  return { pod, at, message: 'PreStopHook failed' };
}

describe('failedHooksOf', () => {
  const job = { name: 'om-job-nightly-0a1b2c3d-5c1f2f0e', from: 1000, to: 2000 };

  it('finds those of the pods of a Job, the last one first, and of no Job whose name begins alike', () => {
    const failed = [
      hook(`${job.name}-abcde`, 1500),
      hook(`${job.name}-fghij`, 1800),
      hook(`${job.name}-2-abcde`, 1500),
      hook('om-job-nightly-0a1b2c3d-5c1f2f0f-abcde', 1500),
    ];
    expect(failedHooksOf(job, failed, GRACE_MS).map(({ pod }) => pod)).toEqual([
      `${job.name}-fghij`,
      `${job.name}-abcde`,
    ]);
  });

  it('counts what is told a little after the end, and nothing before or long after', () => {
    const at = (ms: number) => failedHooksOf(job, [hook(`${job.name}-abcde`, ms)], GRACE_MS).length;
    expect([at(999), at(1000), at(2000 + GRACE_MS), at(2001 + GRACE_MS)]).toEqual([0, 1, 1, 0]);
    const lasting = { ...job, to: undefined };
    expect(failedHooksOf(lasting, [hook(`${job.name}-abcde`, 10 ** 9)], GRACE_MS)).toHaveLength(1);
  });

  it('knows a pod whose name Kubernetes cut', () => {
    const name = `om-cronjob-${'n'.repeat(30)}-0a1b2c3d-29384756`;
    const pod = `${`${name}-`.slice(0, 58)}abcde`;
    expect(failedHooksOf({ name, from: 0, to: undefined }, [hook(pod, 1)], GRACE_MS)).toHaveLength(1);
  });
});

describe('hasPipelineHook', () => {
  it('is true of runs on demand and of scheduled ones, and of nothing else', () => {
    const names = ['om-job-a-1', 'om-cronjob-a-1', 'om-automation-a-1', 'om-app-a-1', 'web-1'];
    expect(names.map(hasPipelineHook)).toEqual([true, true, false, false, false]);
  });
});

describe('failedHookMessage', () => {
  it('names the pod, what was said, and how the Job ended', () => {
    expect(failedHookMessage(hook('p', 1), 'DeadlineExceeded: too long')).toBe(
      'the preStop hook of pod p failed: PreStopHook failed; OpenMetadata may not have been told how this run ended (DeadlineExceeded: too long)',
    );
  });
});
