import { describe, expect, it } from 'vitest';
import { formatAge, parseSeconds } from './duration.ts';
import { formatTable } from './table.ts';

describe('formatAge', () => {
  it.each([
    [-5, '0s'],
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [200, '3m20s'],
    [600, '10m'],
    [3 * 3600 + 5 * 60, '3h5m'],
    [9 * 3600, '9h'],
    [3 * 86_400 + 4 * 3600, '3d4h'],
    [30 * 86_400, '30d'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(formatAge(seconds * 1000)).toBe(text);
  });
});

describe('parseSeconds', () => {
  it.each([
    ['90', 90],
    ['30s', 30],
    ['5m', 300],
    ['2h', 7200],
    ['1d', 86_400],
  ])('%s are %d seconds', (text, seconds) => {
    expect(parseSeconds(text)).toBe(seconds);
  });

  it.each(['', 'm', '-1', '1.5h', '1w', '1h30m'])('refuses %j', (text) => {
    expect(parseSeconds(text)).toBeUndefined();
  });
});

describe('formatTable', () => {
  const columns = [
    { title: 'NAME', value: (row: { name: string; why: string }) => row.name },
    { title: 'WHY', value: (row: { name: string; why: string }) => row.why },
  ];

  it('aligns columns and leaves no space at the end of a line', () => {
    const rows = [
      { name: 'a', why: 'x' },
      { name: 'longer', why: '' },
    ];
    expect(formatTable(rows, columns)).toBe('NAME     WHY\na        x\nlonger   -\n');
  });

  it('keeps control characters of a message from the terminal', () => {
    expect(formatTable([{ name: 'a', why: 'x\u001b[2J\ny' }], columns)).toBe('NAME   WHY\na      x [2J y\n');
  });

  it('is empty without rows', () => {
    expect(formatTable([], columns)).toBe('');
  });
});
