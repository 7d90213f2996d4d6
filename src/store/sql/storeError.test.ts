import { describe, expect, it } from 'vitest';
import { StoreRefused } from '../errors.ts';
import { isAnswer, storeError } from './storeError.ts';

const withCode = (code: string) => Object.assign(new Error('the reason'), { code });

describe('storeError', () => {
  it.each([
    ['53100', 'StoreFull'],
    ['25006', 'StoreFull'],
    ['28P01', 'StoreDenied'],
    ['3D000', 'StoreDenied'],
    ['42501', 'StoreDenied'],
    ['42P01', 'StoreVersion'],
    ['22021', 'StoreRefused'],
    ['23505', 'StoreRefused'],
    ['57P01', 'StoreUnavailable'],
    ['57014', 'StoreUnavailable'],
    ['40P01', 'StoreUnavailable'],
    ['53300', 'StoreUnavailable'],
    ['08006', 'StoreUnavailable'],
    ['ECONNREFUSED', 'StoreUnavailable'],
    ['XX000', 'StoreUnavailable'],
  ])('takes %s for %s', (code, name) => {
    const cause = withCode(code);
    expect(storeError('recording runs', cause)).toMatchObject({
      name,
      cause,
      message: expect.stringMatching(/^recording runs: the reason\. \w/),
    });
  });

  it.each([
    [withCode('ECONNREFUSED'), 'StoreUnavailable', /See that the database runs, .* It is tried again$/],
    [new Error('Connection terminated unexpectedly'), 'StoreUnavailable', /See that the database runs/],
    [new Error('received invalid response: 4a'), 'StoreDenied', /are those of a PostgreSQL/],
    [withCode('40P01'), 'StoreUnavailable', /^asking: the reason\. It is tried again$/],
  ])('says of %s what to do', (cause, name, message) => {
    expect(storeError('asking', cause)).toMatchObject({ name, message: expect.stringMatching(message) });
  });

  it('leaves alone what is said already, and names every address that refused', () => {
    const said = new StoreRefused('recording run x', 'Leave it out');
    expect(storeError('recording runs', said)).toBe(said);
    const both = new AggregateError([new Error('refused ::1'), new Error('refused 127.0.0.1')]);
    expect(storeError('asking', both).message).toContain('refused ::1, refused 127.0.0.1');
  });
});

describe('isAnswer', () => {
  it('tells what the database said from what the network did', () => {
    expect(
      [withCode('23505'), withCode('ECONNRESET'), withCode('EPIPE'), new Error('timeout')].map(isAnswer),
    ).toEqual([true, false, false, false]);
  });
});
