import { asyncProperty, assert as check, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { virtualClock } from '../ports/testing/virtualClock.ts';
import { readLogTail } from './readLogTail.ts';
import { start } from './testing/fixtures.ts';

describe('readLogTail', () => {
  const source = { namespace: 'default', name: 'a-m1', container: 'main' };

  it('is a whole-character end of the log of at most 1 KiB, for any log', async () => {
    await check(
      asyncProperty(string({ unit: 'binary', maxLength: 3_000 }), async (text) => {
        const { api, client } = start();
        api.logs.set('a-m1', text);
        const tail = await readLogTail(client, source, virtualClock());
        expect(text.endsWith(tail)).toBe(true);
        expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(1024);
        expect(Buffer.byteLength(tail)).toBeGreaterThanOrEqual(Math.min(1021, Buffer.byteLength(text)));
      }),
    );
  });

  it('is empty when there is no log, and when the log does not come in time', async () => {
    const { client } = start();
    expect(await readLogTail(client, source, virtualClock())).toBe('');
    const clock = virtualClock();
    const silent = {
      ...client,
      podLog: (_ref: object, options?: { signal?: AbortSignal }) =>
        new Promise<never>((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    };
    const tail = readLogTail(silent, source, clock);
    await clock.advance(2_000);
    expect(await tail).toBe('');
  });
});
