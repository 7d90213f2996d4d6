import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../../ports/testing/virtualClock.ts';
import type { Pod } from '../pod.ts';
import { renewTokens } from './renewTokens.ts';

const HOUR_MS = 3_600_000;

/** A pod that mounts one projected volume for each of these lives, in seconds; `undefined` is the default. */
function podWith(
  lives: readonly (number | undefined)[],
  mounted: 'mounted' | 'not mounted' = 'mounted',
): Pod {
  const names = lives.map((_life, at) => `v${at}`);
  const volumeMounts = names.map((name) => ({ name, mountPath: `/${name}` }));
  const volumes = lives.map((expirationSeconds, at) => ({
    name: `v${at}`,
    projected: {
      sources: [{ serviceAccountToken: { path: 'token', ...(expirationSeconds && { expirationSeconds }) } }],
    },
  }));
  const containers = [{ name: 'main', ...(mounted === 'mounted' && { volumeMounts }) }];
  return { metadata: { name: 'p', uid: 'u' }, spec: { containers, volumes } } as unknown as Pod;
}

/** When tokens of the pod are made anew within `ms`, in seconds from the start. */
async function renewals(pod: Pod, ms: number): Promise<number[]> {
  const clock = virtualClock();
  const times: number[] = [];
  const renewal = renewTokens(pod, clock, () => times.push(clock.monotonic() / 1000));
  await clock.advance(ms);
  renewal.stop();
  expect(clock.timers()).toBe(0);
  return times;
}

describe('renewTokens', () => {
  it('makes tokens anew after four fifths of the shortest life, again and again', async () => {
    expect(await renewals(podWith([undefined, 600]), HOUR_MS / 3)).toEqual([480, 960]);
  });

  it('takes the default life of an hour, and no longer than a day', async () => {
    expect(await renewals(podWith([undefined]), HOUR_MS)).toEqual([2_880]);
    expect(await renewals(podWith([30 * 86_400]), 25 * HOUR_MS)).toEqual([86_400]);
  });

  it('does nothing for a pod without a mounted token', async () => {
    expect(await renewals(podWith([]), 48 * HOUR_MS)).toEqual([]);
    expect(await renewals(podWith([600], 'not mounted'), HOUR_MS)).toEqual([]);
  });
});
