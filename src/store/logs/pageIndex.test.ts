import { describe, expect, it } from 'vitest';
import { PAGE_BYTES, PageStarts } from '../../core/pipeline/pageStarts.ts';
import { type PagedLog, pageStartsOf } from './pageIndex.ts';

/** Characters of one to four bytes, of a length that no page is a multiple of. */
const MIXED = Buffer.from('aé€😀bäö—z😀x'.repeat(997));

/** A log in memory that counts what is read of it. */
class MemoryLog implements PagedLog {
  readonly id = 'this one';
  size: number;
  index: string | undefined;
  read = 0;
  readonly #bytes: Buffer;

  constructor(size: number) {
    this.#bytes = Buffer.alloc(size, MIXED);
    this.size = size;
  }

  readonly readAt = async (from: number, limit: number): Promise<Uint8Array> => {
    const bytes = this.#bytes.subarray(from, Math.min(from + limit, this.size));
    this.read += bytes.length;
    return bytes;
  };

  readonly loadIndex = async (): Promise<string | undefined> => this.index;

  storeIndex = async (text: string): Promise<void> => {
    this.index = text;
  };

  /** Where the pages begin when all of it is read. */
  startsByReading(): readonly number[] {
    const pages = new PageStarts();
    pages.push(this.#bytes.subarray(0, this.size));
    return pages.starts();
  }
}

describe('pageStartsOf', () => {
  it('finds what reading all of the log finds, and reads next to nothing', async () => {
    const log = new MemoryLog(70 * PAGE_BYTES);
    expect(await pageStartsOf(log)).toEqual(log.startsByReading());
    expect(log.read).toBeLessThan(16 * 1024);
  });

  it('reads nothing of a log whose index reaches to the end', async () => {
    const log = new MemoryLog(20 * PAGE_BYTES);
    const starts = await pageStartsOf(log);
    log.read = 0;
    expect(await pageStartsOf(log)).toEqual(starts);
    expect(log.read).toBe(0);
  });

  it('has the same answer without an index that can be stored or read', async () => {
    const log = new MemoryLog(10 * PAGE_BYTES);
    log.storeIndex = () => Promise.reject(new Error('read-only'));
    expect(await pageStartsOf(log)).toEqual(log.startsByReading());
    for (const index of [
      '',
      '{"of":"this o',
      '{"of":"another","starts":[0,5]}',
      '{"of":"this one","starts":3}',
      'null',
    ]) {
      log.index = index;
      expect(await pageStartsOf(log)).toEqual(log.startsByReading());
    }
  });

  it('does not take an index that reaches behind the end', async () => {
    const log = new MemoryLog(12 * PAGE_BYTES);
    await pageStartsOf(log);
    log.size = 3 * PAGE_BYTES;
    expect(await pageStartsOf(log)).toEqual(log.startsByReading());
  });

  it('makes one page of a log that just fits', async () => {
    expect(await pageStartsOf(new MemoryLog(PAGE_BYTES))).toEqual([0]);
    expect(await pageStartsOf(new MemoryLog(0))).toEqual([0]);
  });
});
