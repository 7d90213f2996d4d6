import { describe, expect, it } from 'vitest';
import { duration } from './duration.ts';

describe('duration', () => {
  it.each([
    [-5, '0 s'],
    [0, '0 s'],
    [40_000, '40 s'],
    [60_000, '1 min'],
    [200_000, '3 min 20 s'],
    [7_205_000, '2 h'],
    [7_500_000, '2 h 5 min'],
    [273_600_000, '3 d 4 h'],
  ])('%d ms: %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});
