import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import type { PodEvent } from '../decide/decision.ts';
import { aPod } from '../testing/aPod.ts';
import { at, NOW } from '../testing/fixedClock.ts';
import { pulledAt } from './pulledAt.ts';

const pulled = (container: string, second: number): PodEvent => ({
  type: 'Normal',
  reason: 'Pulled',
  message: 'Successfully pulled image',
  count: 1,
  at: NOW + second * 1000,
  source: 'kubelet',
  container,
});

/** A pod whose init containers were through so many seconds after NOW. */
function initialisedAt(second: number, pod: Pod): Pod {
  const condition = { type: 'Initialized', status: 'True', lastTransitionTime: at(second) };
  return { ...pod, status: { ...pod.status, conditions: [condition] } };
}

describe('pulledAt', () => {
  it('is what the Event about main says, the last one', () => {
    const events = [pulled('main', 3), pulled('main', 7), pulled('init', 1)];
    expect(pulledAt(aPod().running(9).build(), events)).toBe(at(7).replace('Z', '.000Z'));
  });

  it('is known without Events when main started in the second in which the init containers were through', () => {
    expect(pulledAt(initialisedAt(4, aPod().running(4).build()))).toBe(at(4));
  });

  it.each([
    ['main started later', initialisedAt(4, aPod().running(9).build())],
    ['main has not started', initialisedAt(4, aPod().build())],
    ['nothing says when the init containers were through', aPod().running(4).build()],
  ])('is not told when %s', (_, pod) => {
    expect(pulledAt(pod, [pulled('init', 1)])).toBeUndefined();
  });
});
