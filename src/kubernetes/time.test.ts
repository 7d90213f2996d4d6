import { assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { microTime, secondsTime } from './time.ts';

const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

describe('secondsTime', () => {
  it('reads back what it writes, at any time', () => {
    assert(
      property(integer({ min: 0, max: LAST_MS }), (ms) => {
        const text = `${new Date(ms).toISOString().slice(0, 19)}Z`;
        expect(secondsTime(text)).toBe(text);
        expect(secondsTime(new Date(ms).toISOString())).toBe(text);
      }),
    );
  });

  it.each([
    ['2030-01-02t03:04:05z', '2030-01-02T03:04:05Z'],
    ['2030-01-02T03:04:05+02:00', '2030-01-02T01:04:05Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00Z'],
    ['2030-12-31T23:59:59.5Z', '2030-12-31T23:59:59Z'],
  ])('takes %s for %s', (text, wanted) => {
    expect(secondsTime(text)).toBe(wanted);
  });

  it.each([
    '2030-02-29T00:00:00Z',
    '2030-04-31T00:00:00Z',
    '2030-13-01T00:00:00Z',
    '2030-00-10T00:00:00Z',
    '2030-01-00T00:00:00Z',
    '2030-01-02T25:00:00Z',
    '2030-01-02T00:60:00Z',
    '2030-01-02T00:00:60Z',
    '2030-01-02 00:00',
    '2030-01-02T00:00:00',
  ])('refuses %s', (text) => {
    expect(secondsTime(text)).toBeUndefined();
  });
});

describe('microTime', () => {
  it('wants six decimals and keeps them', () => {
    expect(microTime('2030-01-02T03:04:05.000070Z')).toBe('2030-01-02T03:04:05.000070Z');
    expect(microTime('2030-01-31T03:04:05.000070+01:00')).toBe('2030-01-31T02:04:05.000070Z');
    expect(microTime('2030-01-02T03:04:05Z')).toBeUndefined();
    expect(microTime('2030-01-02T03:04:05.007Z')).toBeUndefined();
  });
});
