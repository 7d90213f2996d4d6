import { describe, expect, it } from 'vitest';
import { PAGE_BYTES } from '../../core/pipeline/pageStarts.ts';
import type { LogOptions } from '../../kube/types.ts';
import { LiveLogs, type LiveSource } from './liveLogs.ts';

const { signal } = new AbortController();
const SOURCE: LiveSource = { namespace: 'n', pod: 'p', uid: 'u', container: 'main', hasEnded: false };

/** A kubelet's log: a line a second, stamped when it is asked for, and how much of it was sent. */
class KubeletLog {
  lines: { readonly second: number; readonly text: string }[] = [];
  sent = 0;
  asked = 0;
  #second = 0;

  write(text: string): void {
    this.#second += 1;
    this.lines.push({ second: this.#second, text: `${text}\n` });
  }

  rotate(): void {
    this.lines = this.lines.slice(-1);
  }

  text(): string {
    return this.lines.map(({ text }) => text).join('');
  }

  readonly podLog = async (
    _ref: object,
    { sinceTime }: LogOptions = {},
  ): Promise<AsyncIterable<Uint8Array>> => {
    this.asked += 1;
    const since = Date.parse(sinceTime ?? '') || 0;
    return this.#stream(this.lines.filter(({ second }) => second * 1000 >= since));
  };

  async *#stream(lines: KubeletLog['lines']): AsyncGenerator<Uint8Array> {
    const bytes = Buffer.from(
      lines.map(({ second, text }) => `${new Date(second * 1000).toISOString()} ${text}`).join(''),
    );
    for (let at = 0; at < bytes.length; at += 60_001) {
      const chunk = bytes.subarray(at, at + 60_001);
      this.sent += chunk.length;
      yield chunk;
    }
  }
}

/** Text of all pages, each read by itself. */
async function readPages(logs: LiveLogs): Promise<string[]> {
  const { size, starts } = await logs.pages(SOURCE, signal);
  const texts: string[] = [];
  for (const [n, from] of starts.entries()) {
    const bytes = await logs.read(SOURCE, { from, limit: (starts[n + 1] ?? size) - from }, signal);
    texts.push(Buffer.from(bytes).toString());
  }
  return texts;
}

function written(lines: number): KubeletLog {
  const log = new KubeletLog();
  for (let n = 0; n < lines; n += 1) log.write(`${n} ${'äé€😀'.repeat(2_000)}`);
  return log;
}

describe('LiveLogs', () => {
  it('joins its pages to the bytes of the log, none too long and no character cut', async () => {
    const log = written(200);
    const pages = await readPages(new LiveLogs(log));
    expect(pages.join('')).toBe(log.text());
    expect(pages.length).toBe(5);
    for (const page of pages) expect(Buffer.byteLength(page)).toBeLessThanOrEqual(PAGE_BYTES);
  });

  it('asks the kubelet for a page, and for nothing before it', async () => {
    const log = written(400);
    const logs = new LiveLogs(log);
    const { starts } = await logs.pages(SOURCE, signal);
    log.sent = 0;
    await logs.read(SOURCE, { from: starts[7] ?? 0, limit: 1000 }, signal);
    expect(log.sent).toBeLessThan(200_000);
  });

  it('reads only what is new of a log that has grown, and lets no page move', async () => {
    const log = written(200);
    const logs = new LiveLogs(log);
    const before = await logs.pages(SOURCE, signal);
    log.sent = 0;
    log.write('new'.repeat(400_000));
    const after = await logs.pages(SOURCE, signal);
    expect(log.sent).toBeLessThan(1_300_000);
    expect(after.starts.slice(0, before.starts.length)).toEqual(before.starts);
    expect((await readPages(logs)).join('')).toBe(log.text());
  });

  it('asks no more for a log that has ended', async () => {
    const log = written(2);
    const logs = new LiveLogs(log);
    await logs.pages({ ...SOURCE, hasEnded: true }, signal);
    const { asked } = log;
    await logs.pages({ ...SOURCE, hasEnded: true }, signal);
    expect(log.asked).toBe(asked);
  });

  it('begins anew when the kubelet has rotated the log, whichever page is asked for', async () => {
    const log = written(200);
    const logs = new LiveLogs(log);
    await logs.pages(SOURCE, signal);
    for (let n = 0; n < 5; n += 1) log.write(`after ${n}`);
    log.rotate();
    expect((await readPages(logs)).join('')).toBe('after 4\n');
    const again = written(200);
    const first = new LiveLogs(again);
    await first.pages(SOURCE, signal);
    again.write('last');
    again.rotate();
    expect(Buffer.from(await first.read(SOURCE, { from: 0, limit: 100 }, signal)).toString()).toBe('last\n');
  });

  it('counts nothing twice when many ask at once', async () => {
    const log = written(100);
    const logs = new LiveLogs(log);
    const all = await Promise.all([1, 2, 3].map(() => logs.pages(SOURCE, signal)));
    expect(all.map(({ size }) => size)).toEqual([1, 2, 3].map(() => Buffer.byteLength(log.text())));
  });

  it('goes on after a look that broke off', async () => {
    const log = written(200);
    const logs = new LiveLogs({
      podLog: async (ref, options) => breakingOnce(await log.podLog(ref, options)),
    });
    let isBroken = false;
    async function* breakingOnce(chunks: AsyncIterable<Uint8Array>) {
      let left = 20;
      for await (const chunk of chunks) {
        left -= 1;
        if (left === 0 && !isBroken) {
          isBroken = true;
          throw new Error('the connection dropped');
        }
        yield chunk;
      }
    }
    await expect(logs.pages(SOURCE, signal)).rejects.toThrow('the connection dropped');
    expect((await readPages(logs)).join('')).toBe(log.text());
  });
});
