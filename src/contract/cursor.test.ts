import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from './cursor.ts';

describe('decodeCursor', () => {
  it('gives back the key that the cursor was made of', () => {
    assert(
      property(string({ minLength: 1, unit: 'grapheme' }), (key) => {
        expect(decodeCursor(encodeCursor(key))).toBe(key);
      }),
    );
  });

  it.each(['', '*', 'a', 'YWJj=', 'YWJj '])('refuses %j, which is none of ours', (text) => {
    expect(decodeCursor(text)).toBeUndefined();
  });
});
