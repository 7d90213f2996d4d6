import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LogPlace, StampedLines } from './stampedLines.ts';

const stampOf = (second: number) => new Date(second * 1000).toISOString().replace('Z', '000000Z');

/** A log as the API serves it: each line behind its stamp. */
function served(lines: readonly { readonly second: number; readonly text: string }[]): Buffer {
  return Buffer.from(lines.map(({ second, text }) => `${stampOf(second)} ${text}\n`).join(''));
}

function read(bytes: Uint8Array, cuts: number, from?: LogPlace) {
  const lines = new StampedLines(from);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += cuts) parts.push(lines.take(bytes.subarray(at, at + cuts)));
  return { text: Buffer.concat(parts).toString(), place: lines.place() };
}

describe('StampedLines', () => {
  it('gives the lines as they were written, however the stream is cut', () => {
    const bytes = served([
      { second: 1, text: 'one' },
      { second: 1, text: '' },
      { second: 2, text: 'two words' },
    ]);
    for (const cuts of [1, 3, 1000]) expect(read(bytes, cuts).text).toBe('one\n\ntwo words\n');
  });

  it('passes a line far longer than any buffer', () => {
    const text = 'x'.repeat(3_000_000);
    expect(read(served([{ second: 1, text }]), 65_536).text).toBe(`${text}\n`);
  });

  it('goes on behind the last byte after a break anywhere, whatever part the next stream repeats', () => {
    const line = fc.record({
      second: fc.integer({ min: 0, max: 5 }),
      text: fc.string({ maxLength: 5, unit: fc.constantFrom('a', 'b', ' ') }),
    });
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.array(fc.nat(400), { maxLength: 4 }),
        fc.integer({ min: 1, max: 50 }),
        (unsorted, breaks, cuts) => {
          const lines = unsorted.toSorted((a, b) => a.second - b.second);
          const whole = lines.map(({ text }) => `${text}\n`).join('');
          let got = '';
          let place: LogPlace | undefined;
          for (const at of [...breaks, Number.POSITIVE_INFINITY]) {
            const since = place?.stamp === undefined ? 0 : Math.floor(Date.parse(place.stamp) / 1000);
            const bytes = served(lines.filter(({ second }) => second >= since));
            const part = read(bytes.subarray(0, Math.min(at, bytes.length)), cuts, place);
            got += part.text;
            place = part.place;
          }
          expect(got).toBe(whole);
        },
      ),
    );
  });
});
