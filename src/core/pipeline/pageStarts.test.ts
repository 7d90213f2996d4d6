import { assert, nat, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { characterStart, PAGE_BYTES, PageStarts } from './pageStarts.ts';

const encode = (text: string) => new TextEncoder().encode(text);

function startsOf(bytes: Uint8Array, chunk = bytes.length): readonly number[] {
  const pages = new PageStarts();
  for (let at = 0; at < bytes.length; at += chunk) pages.push(bytes.subarray(at, at + chunk));
  return pages.starts();
}

describe('characterStart', () => {
  it('never cuts a character in two, and goes back no further than it must', () => {
    assert(
      property(string({ unit: 'grapheme', minLength: 1 }), nat(), (text, seed) => {
        const bytes = encode(text);
        const at = seed % bytes.length;
        const cut = characterStart(bytes, at);
        const whole = new TextDecoder('utf-8', { fatal: true });
        expect(whole.decode(bytes.subarray(0, cut)) + whole.decode(bytes.subarray(cut))).toBe(text);
        expect(at - cut).toBeLessThanOrEqual(3);
        if (cut < at) expect(() => whole.decode(bytes.subarray(0, at))).toThrow();
      }),
    );
  });

  it('cuts bytes that are no UTF-8 where they stand', () => {
    expect(characterStart(new Uint8Array([0x61, 0x80, 0x80, 0x80, 0x80]), 4)).toBe(4);
    expect(characterStart(new Uint8Array([0x61, 0x62, 0x80, 0x80]), 3)).toBe(3);
  });
});

describe('PageStarts', () => {
  it('makes one page of a log that just fits, and two of one byte more', () => {
    expect(startsOf(new Uint8Array(PAGE_BYTES))).toEqual([0]);
    expect(startsOf(new Uint8Array(PAGE_BYTES + 1))).toEqual([0, PAGE_BYTES]);
    expect(startsOf(new Uint8Array())).toEqual([0]);
  });

  it('shortens a page by no more than the character that would not fit whole', () => {
    const bytes = encode(`${'a'.repeat(PAGE_BYTES - 1)}😀${'b'.repeat(PAGE_BYTES)}`);
    expect(startsOf(bytes)).toEqual([0, PAGE_BYTES - 1, 2 * PAGE_BYTES - 1]);
  });

  it('finds the same places however the bytes come, and keeps them when the log grows', () => {
    const bytes = encode(`x${'äé€😀'.repeat(240_000)}`);
    const all = startsOf(bytes);
    expect(all.length).toBe(3);
    for (const chunk of [70_001, 65_536, PAGE_BYTES, 333_333]) expect(startsOf(bytes, chunk)).toEqual(all);
    expect(startsOf(bytes.subarray(0, PAGE_BYTES + 5))).toEqual(all.slice(0, 2));
  });

  it('finds them byte by byte too', () => {
    const pages = new PageStarts();
    pages.push(encode('a'.repeat(PAGE_BYTES - 2)));
    for (const byte of encode('😀z')) pages.push(new Uint8Array([byte]));
    expect([pages.starts(), pages.size()]).toEqual([[0, PAGE_BYTES - 2], PAGE_BYTES + 3]);
  });
});
