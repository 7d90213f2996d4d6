import { describe, expect, it } from 'vitest';
import { brokenNames, testsCell } from './promises.ts';

const FILES: Record<string, string> = {
  'a.test.ts': `
    describe('a group', () => {
      it('keeps what (it) has', () => {});
      it.each(ROWS)(
        "says '%s'",
        async (row) => {},
      );
      it.skip('is skipped', () => {});
      // 'is only mentioned', nothing more
    });`,
};

const broken = (...titles: string[]) =>
  brokenNames(
    'table.json',
    [{ rows: titles.map((title) => ({ promise: '', tests: [{ file: 'a.test.ts', title }] })) }],
    (file) => FILES[file],
  );

describe('brokenNames', () => {
  it('takes tests that are there, tables of cases too', () => {
    expect(broken('keeps what (it) has', "says '%s'")).toEqual([]);
  });

  it.each(['keeps what', 'is skipped', 'is only mentioned', 'a group'])(
    'finds that %j is no test',
    (title) => {
      expect(broken(title)).toEqual([`table.json names the test “${title}”, which a.test.ts does not have`]);
    },
  );

  it('finds a file that is not there', () => {
    const content = { tests: [{ file: 'b.test.ts', title: 'x' }] };
    expect(brokenNames('table.json', content, (file) => FILES[file])).toEqual([
      'table.json names a test of b.test.ts, which does not exist',
    ]);
  });
});

describe('testsCell', () => {
  it('names each file once, with the titles of its tests', () => {
    const tests = [
      { file: 'a.ts', title: 'one' },
      { file: 'b.ts', title: 'two' },
      { file: 'a.ts', title: 'three' },
    ];
    expect(testsCell(tests)).toBe('`a.ts`: “one”, “three”<br>`b.ts`: “two”');
  });
});
