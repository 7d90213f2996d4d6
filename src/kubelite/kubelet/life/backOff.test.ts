import { describe, expect, it } from 'vitest';
import { afterFailure, backOffAfterRestarts, NO_BACK_OFF, restartDelay, spellDelay } from './backOff.ts';

describe('afterFailure', () => {
  it('waits 10 s, doubles, and stops at 5 min', () => {
    const delays: number[] = [];
    let backOff = NO_BACK_OFF;
    for (let failure = 0; failure < 8; failure++) {
      backOff = afterFailure(backOff);
      delays.push(backOff.delayMs / 1000);
    }
    expect(delays).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
  });

  it('starts anew after ten good minutes', () => {
    const long = { delayMs: 300_000 };
    expect(restartDelay(long, 600_000)).toBe(0);
    expect(afterFailure(long, 600_000).delayMs).toBe(10_000);
    expect(restartDelay(long, 599_999)).toBe(300_000);
  });

  it('is the same after a restart of the kubelet', () => {
    let backOff = NO_BACK_OFF;
    for (let restarts = 0; restarts < 9; restarts++) {
      expect(backOffAfterRestarts(restarts)).toEqual(backOff);
      backOff = afterFailure(backOff);
    }
  });
});

describe('spellDelay', () => {
  it('writes minutes as Kubernetes does', () => {
    expect([10_000, 80_000, 300_000].map(spellDelay)).toEqual(['10s', '1m20s', '5m0s']);
  });
});
