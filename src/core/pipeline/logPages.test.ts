import { describe, expect, it } from 'vitest';
import { noSuchPage, pageAnswer, wantedPage } from './logPages.ts';

describe('wantedPage', () => {
  it.each([
    [undefined, 0],
    ['', 0],
    ['0', 0],
    ['12', 12],
    ['-1', -1],
  ])('reads %o as page %o', (after, index) => {
    expect(wantedPage('dbt_task', after)).toEqual({ kind: 'page', index });
  });

  it.each(['x', '1.5', ' 1', '1e3', '99999999999', '2147483648'])(
    'refuses %o in the words of the original',
    (after) => {
      expect(wantedPage('dbt_task', after)).toEqual({
        kind: 'refused',
        answer: { dbt_task: `Invalid pagination parameter: ${after} is not a valid number` },
      });
    },
  );
});

describe('pageAnswer', () => {
  it('is strings alone, and names the next page while there is one', () => {
    expect(pageAnswer('usage_task', 'text', 0, 2)).toEqual({ usage_task: 'text', total: '2', after: '1' });
    expect(pageAnswer('usage_task', 'text', 1, 2)).toEqual({ usage_task: 'text', total: '2' });
  });
});

describe('noSuchPage', () => {
  it('says it under the key of the task', () => {
    expect(noSuchPage('usage_task')).toEqual({ usage_task: 'Invalid pagination index' });
  });
});
