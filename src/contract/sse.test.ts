import { array, assert, asyncProperty, integer, record, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSse, SSE_HEARTBEAT, type SseEvent, sseFrame } from './sse.ts';

async function read(chunks: readonly Uint8Array[]): Promise<SseEvent[]> {
  const events: SseEvent[] = [];
  async function* bytes() {
    yield* chunks;
  }
  for await (const event of readSse(bytes())) events.push(event);
  return events;
}

function cut(text: string, size: number): Uint8Array[] {
  const bytes = Buffer.from(text);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  );
}

describe('readSse', () => {
  it('reads what sseFrame wrote, wherever the bytes are cut', async () => {
    const event = record({
      event: string({ minLength: 1, unit: 'grapheme-ascii' }).map((text) => `e${text.trim()}`),
      data: string({ unit: 'grapheme' }).map((text) => text.replaceAll(/\r/g, '')),
    });
    await assert(
      asyncProperty(array(event, { maxLength: 4 }), integer({ min: 1, max: 9 }), async (events, size) => {
        const text = events.map((one) => `${SSE_HEARTBEAT}${sseFrame(one)}`).join('');
        expect(await read(cut(text, size))).toEqual(events);
      }),
    );
  });

  it('keeps the id', async () => {
    const event = { event: 'run', data: '{}', id: 'uid/3' };
    expect(await read(cut(sseFrame(event), 5))).toEqual([event]);
  });

  it('passes over an event that was cut off by the end', async () => {
    expect(await read([Buffer.from('event: run\ndata: {}\n')])).toEqual([]);
  });
});
