import { beforeEach, describe, expect, it } from 'vitest';
import { PAGE_BYTES } from '../../core/pipeline/pageStarts.ts';
import type { LogKey, LogStore } from '../types.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const KEY: LogKey = { namespace: 'team-a', runUID: 'r1', podUID: 'p1', container: 'main', previous: false };
const MIB = 1024 * 1024;

async function* chunks(...texts: string[]) {
  for (const text of texts) yield encode(text);
}

/** Bytes that differ from place to place, in chunks of a size that no boundary is a multiple of. */
async function* manyBytes(size: number, chunkSize = 70_001) {
  for (let from = 0; from < size; from += chunkSize)
    yield PATTERN.slice(from % 256, (from % 256) + Math.min(chunkSize, size - from));
}

const byteAt = (n: number) => (n % 256 === 7 ? 10 : ((n % 256) * 31) % 256);
const PATTERN = Uint8Array.from({ length: 80_000 }, (_, n) => byteAt(n));

/** What every log store promises. `fresh` gives an empty one. */
export function describeLogs(name: string, fresh: () => Promise<LogStore>): void {
  let logs: LogStore;
  beforeEach(async () => {
    logs = await fresh();
  });

  const text = async (key: LogKey, from = 0, limit = 1000) => {
    const bytes = await logs.read(key, { from, limit });
    return bytes && new TextDecoder().decode(bytes);
  };

  describe(`${name}: put`, () => {
    it('stores a whole log in place of what was there', async () => {
      await logs.ready();
      expect(await logs.put(KEY, chunks('first, and longer'))).toBe(17);
      expect(await logs.put(KEY, chunks('sec', '', 'ond'))).toBe(6);
      expect(await text(KEY)).toBe('second');
      expect(await logs.size(KEY)).toBe(6);
    });

    it('stores an empty log as one that is there', async () => {
      expect(await logs.put(KEY, chunks())).toBe(0);
      expect([await logs.size(KEY), await text(KEY)]).toEqual([0, '']);
    });

    it('leaves what was there when the bytes break off, small or large', async () => {
      await logs.put(KEY, chunks('whole'));
      for (const size of [10, 12 * MIB]) {
        const broken = async function* () {
          yield* manyBytes(size);
          throw new Error('the node went away');
        };
        await expect(logs.put(KEY, broken())).rejects.toThrow('the node went away');
        expect(await text(KEY)).toBe('whole');
      }
    });

    it('brings back a large log byte for byte, also across the borders of its parts', async () => {
      const size = 13 * MIB + 5;
      expect(await logs.put(KEY, manyBytes(size))).toBe(size);
      expect(await logs.size(KEY)).toBe(size);
      for (const from of [0, 5 * MIB - 3, 8 * MIB - 3, 10 * MIB - 3, size - 4]) {
        const bytes = await logs.read(KEY, { from, limit: 6 });
        expect([...(bytes ?? [])]).toEqual(
          Array.from({ length: Math.min(6, size - from) }, (_, n) => byteAt(from + n)),
        );
      }
    });

    it('keeps containers, instances and pods apart', async () => {
      await logs.put(KEY, chunks('a'));
      await logs.put({ ...KEY, previous: true }, chunks('b'));
      await logs.put({ ...KEY, container: 'main.previous' }, chunks('c'));
      await logs.put({ ...KEY, podUID: 'p2' }, chunks('d'));
      expect(await text(KEY)).toBe('a');
      expect(await text({ ...KEY, previous: true })).toBe('b');
    });
  });

  describe(`${name}: append`, () => {
    it('grows a log from its end', async () => {
      expect(await logs.append(KEY, 0, encode('one '))).toBe(4);
      expect(await logs.append(KEY, 4, encode('two'))).toBe(7);
      expect(await text(KEY)).toBe('one two');
      expect(await logs.size(KEY)).toBe(7);
    });

    it('does no harm when it is repeated, whole or in part', async () => {
      await logs.append(KEY, 0, encode('one '));
      expect(await logs.append(KEY, 0, encode('one '))).toBe(4);
      expect(await logs.append(KEY, 2, encode('e two'))).toBe(7);
      expect(await text(KEY)).toBe('one two');
    });

    it('refuses a gap', async () => {
      await logs.append(KEY, 0, encode('one'));
      await expect(logs.append(KEY, 4, encode('x'))).rejects.toMatchObject({ name: 'StoreRefused' });
      expect(await text(KEY)).toBe('one');
    });

    it('goes on after a whole log, and gives way to one', async () => {
      await logs.put(KEY, chunks('whole'));
      expect(await logs.append(KEY, 5, encode(' and more'))).toBe(14);
      expect(await text(KEY, 3, 6)).toBe('le and');
      await logs.put(KEY, chunks('again'));
      expect(await text(KEY)).toBe('again');
    });
  });

  describe(`${name}: read`, () => {
    it('answers the bytes of a range, as far as there are any', async () => {
      await logs.put(KEY, chunks('0123456789'));
      expect(await text(KEY, 3, 4)).toBe('3456');
      expect(await text(KEY, 8, 100)).toBe('89');
      expect(await text(KEY, 10, 100)).toBe('');
      expect(await text(KEY, 99, 100)).toBe('');
      expect(await text(KEY, 0, 0)).toBe('');
    });

    it('knows a log that is not there', async () => {
      expect([await logs.size(KEY), await text(KEY)]).toEqual([undefined, undefined]);
    });
  });

  describe(`${name}: pages`, () => {
    /** One character of one byte, then such of two: the first page is a byte short, and the others are not. */
    const twoBytes = async function* (size: number) {
      yield encode('x');
      for (let left = size - 1; left > 0; left -= MIB) yield encode('é'.repeat(Math.min(left, MIB) / 2));
    };
    const startsOf = (count: number) =>
      Array.from({ length: count }, (_, n) => (n === 0 ? 0 : PAGE_BYTES - 1 + (n - 1) * PAGE_BYTES));

    it('finds where each begins, however many there are, and again from its index', async () => {
      const size = 12 * MIB + 1;
      await logs.put(KEY, twoBytes(size));
      const found = { size, starts: startsOf(13) };
      expect(await logs.pages(KEY)).toEqual(found);
      expect(await logs.pages(KEY)).toEqual(found);
    });

    it('goes on behind the pages that it knows when the log grows', async () => {
      await logs.put(KEY, twoBytes(12 * MIB + 1));
      await logs.pages(KEY);
      await logs.append(KEY, 12 * MIB + 1, encode('é'.repeat(MIB)));
      expect(await logs.pages(KEY)).toEqual({ size: 14 * MIB + 1, starts: startsOf(15) });
    });

    it('does not take those of a log that another one replaced', async () => {
      await logs.put(KEY, twoBytes(12 * MIB + 1));
      await logs.pages(KEY);
      await logs.put(KEY, manyBytes(2 * PAGE_BYTES));
      expect(await logs.pages(KEY)).toEqual({ size: 2 * PAGE_BYTES, starts: [0, PAGE_BYTES] });
      await logs.put(KEY, twoBytes(12 * MIB + 3));
      expect((await logs.pages(KEY))?.starts).toEqual(startsOf(13));
      await logs.put(KEY, chunks('a'));
      expect(await logs.pages(KEY)).toEqual({ size: 1, starts: [0] });
    });

    it('knows a log that is not there', async () => {
      expect(await logs.pages(KEY)).toBeUndefined();
    });
  });

  describe(`${name}: deleteRun`, () => {
    it('deletes all logs of a run, and of no other', async () => {
      await logs.put(KEY, chunks('a'));
      await logs.append({ ...KEY, podUID: 'p2' }, 0, encode('b'));
      await logs.put({ ...KEY, runUID: 'r10' }, chunks('other run'));
      await logs.deleteRun(KEY);
      await logs.deleteRun(KEY);
      expect([await logs.size(KEY), await logs.size({ ...KEY, podUID: 'p2' })]).toEqual([
        undefined,
        undefined,
      ]);
      expect(await text({ ...KEY, runUID: 'r10' })).toBe('other run');
    });
  });

  describe(`${name}: names`, () => {
    it('refuses names that could leave its place', async () => {
      for (const bad of [
        '..',
        '.',
        '',
        '../x',
        'a/b',
        '/etc',
        '.hidden',
        'a\\b',
        'a\u0000b',
        'a'.repeat(300),
      ]) {
        await expect(logs.put({ ...KEY, namespace: bad }, chunks('x'))).rejects.toMatchObject({
          name: 'StoreRefused',
        });
        await expect(logs.read({ ...KEY, container: bad }, { from: 0, limit: 1 })).rejects.toThrow(
          /naming a log/,
        );
        await expect(logs.deleteRun({ ...KEY, runUID: bad })).rejects.toThrow(/naming a log/);
      }
    });
  });
}
