import { describe, expect, it } from 'vitest';
import { FakeApi } from '../../actions/testing/fakeApi.ts';
import { events } from '../../kube/resources.ts';
import { settledWithin } from '../../ports/testing/settledWithin.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { watchHooks } from './watchHooks.ts';

/** What is counted of Events that come while the watch is there. */
async function counted(engine: 'native' | 'guaranteed', ...told: readonly [string, number][]) {
  const clock = virtualClock(Date.parse('2026-01-01T00:00:00Z'));
  const { cluster } = new FakeApi(clock);
  const put = (pod: string, count: number) =>
    cluster.put(events, {
      metadata: { name: `${pod}.1`, namespace: 'om' },
      involvedObject: { kind: 'Pod', name: pod },
      reason: 'FailedPreStopHook',
      message: 'PreStopHook failed',
      count,
    });
  put('om-job-before-abcde', 1);
  const counts: number[] = [];
  const log = { warn: () => {}, error: () => {} } as unknown as Logger;
  const pipelines = { engine, namespace: 'om' };
  const stop = watchHooks({
    client: cluster.client(),
    clock,
    random: () => 0.5,
    log,
    pipelines,
    onFailed: (count) => counts.push(count),
  });
  await clock.advance(1000);
  for (const [pod, count] of told) put(pod, count);
  await clock.advance(1000);
  await settledWithin(clock, 10_000, stop());
  return counts;
}

describe('watchHooks', () => {
  it('counts what fails from now on, and an Event that is told again by what it adds', async () => {
    const told = [
      ['om-job-a-abcde', 1],
      ['om-job-a-abcde', 3],
      ['om-job-before-abcde', 2],
    ] as const;
    expect(await counted('native', ...told.map(([pod, count]): [string, number] => [pod, count]))).toEqual([
      1, 2, 1,
    ]);
  });

  it('leaves out pods that are no run of a pipeline', async () => {
    expect(await counted('native', ['web-abcde', 1])).toEqual([]);
  });

  it('watches nothing where no pod has a hook', async () => {
    expect(await counted('guaranteed', ['om-job-a-abcde', 1])).toEqual([]);
  });
});
