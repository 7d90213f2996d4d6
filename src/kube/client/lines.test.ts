import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineCutter } from './lines.ts';

const bytes = (text: string) => Buffer.from(text, 'utf8');

describe('LineCutter', () => {
  it('gives the same lines however the bytes were cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''))),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        (lines, sizes) => {
          const whole = bytes(lines.map((line) => `${line}\n`).join(''));
          const cutter = new LineCutter(10_000);
          const found: string[] = [];
          for (let at = 0, turn = 0; at < whole.length; turn++) {
            const size = sizes[turn % sizes.length] ?? 1;
            found.push(...cutter.push(whole.subarray(at, at + size)));
            at += size;
          }
          expect(found).toEqual(lines);
          expect(cutter.isWithinLine).toBe(false);
        },
      ),
    );
  });

  it('refuses a line that is too long before it is complete, and in one chunk', () => {
    const cutter = new LineCutter(4);
    expect([...cutter.push(bytes('abcd\nab'))]).toEqual(['abcd']);
    expect(() => [...cutter.push(bytes('cde'))]).toThrow(RangeError);
    expect(() => [...new LineCutter(4).push(bytes('abcde\n'))]).toThrow(RangeError);
  });

  it('refuses bytes that are no UTF-8', () => {
    expect(() => [...new LineCutter(100).push(Uint8Array.of(0x7b, 0xff, 0x0a))]).toThrow(TypeError);
  });

  it('knows that the bytes ended within a line', () => {
    const cutter = new LineCutter(100);
    expect([...cutter.push(bytes('a\nb'))]).toEqual(['a']);
    expect(cutter.isWithinLine).toBe(true);
  });
});
