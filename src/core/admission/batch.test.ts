import { describe, expect, it } from 'vitest';
import { recordData, recordOf } from './batch.ts';

describe('recordData', () => {
  it('is read back as it was written', () => {
    const record = {
      epoch: 3,
      holder: 'host_1_abc',
      number: 17,
      batch: [
        { uid: 'a', kind: 'Admit', revision: 0 },
        { uid: 'b', kind: 'Accept', revision: 12 },
      ],
    } as const;
    expect(recordOf(recordData(record))).toEqual(record);
  });

  it('stays small enough for one object with as many grants as there can be', () => {
    const uid = '00000000-0000-4000-8000-000000000000';
    const batch = Array.from({ length: 500 }, () => ({ uid, kind: 'Accept', revision: 999 }) as const);
    expect(JSON.stringify(recordData({ epoch: 1, holder: 'x', number: 1, batch })).length).toBeLessThan(
      50_000,
    );
  });
});

describe('recordOf', () => {
  it('reads an object that somebody emptied or broke as one without grants', () => {
    const nothing = { epoch: 0, holder: '', number: 0, batch: [] };
    expect(recordOf(undefined)).toEqual(nothing);
    expect(recordOf({ epoch: 'x', number: '-1', batch: 'uid\nuid Go 1\nuid Admit\n' })).toEqual(nothing);
  });
});
