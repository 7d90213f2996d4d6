import { describe, expect, it } from 'vitest';
import { backoffDelay } from './backoff.ts';

describe('backoffDelay', () => {
  const backoff = { baseMs: 100, capMs: 1_000 };

  it('doubles up to the cap, also after very many failures', () => {
    const delays = [1, 2, 3, 4, 5, 2_000].map((failures) => backoffDelay(backoff, failures, () => 0));
    expect(delays).toEqual([50, 100, 200, 400, 500, 500]);
  });

  it('spreads waiters over the upper half of the step', () => {
    expect(backoffDelay(backoff, 3, () => 0.5)).toBe(300);
    expect(backoffDelay(backoff, 3, () => 0.999)).toBeLessThan(400);
  });
});
