import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { ExpiringCache } from './expiringCache.ts';

function counted() {
  let asked = 0;
  return { ask: async () => (asked += 1), asked: () => asked };
}

describe('ExpiringCache', () => {
  it('asks once for callers who ask at the same time, and again once the answer is old', async () => {
    const clock = virtualClock();
    const cache = new ExpiringCache<number>(clock, 10_000, 10);
    const { ask } = counted();
    expect(await Promise.all([cache.get('a', ask), cache.get('a', ask)])).toEqual([1, 1]);
    await clock.advance(9_999);
    expect(await cache.get('a', ask)).toBe(1);
    await clock.advance(1);
    expect(await cache.get('a', ask)).toBe(2);
  });

  it('does not keep a failure', async () => {
    const cache = new ExpiringCache<string>(virtualClock(), 10_000, 10);
    await expect(cache.get('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await cache.get('a', async () => 'here')).toBe('here');
  });

  it('forgets the oldest answer when it is full', async () => {
    const cache = new ExpiringCache<number>(virtualClock(), 10_000, 2);
    const { ask, asked } = counted();
    for (const key of ['a', 'b', 'c', 'b', 'c']) await cache.get(key, ask);
    expect(asked()).toBe(3);
    await cache.get('a', ask);
    expect(asked()).toBe(4);
  });
});
