/** One event of a `text/event-stream`. */
export interface SseEvent {
  readonly event: string;
  readonly data: string;
  readonly id?: string;
}

/** Media type of a stream of events. */
export const SSE_TYPE = 'text/event-stream';

/** A comment that keeps proxies and clients from giving up on a quiet stream. */
export const SSE_HEARTBEAT = ': still here\n\n';

/** The text that carries one event. Line breaks in `data` become several data lines, as the format asks. */
export function sseFrame({ event, data, id }: SseEvent): string {
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\n${lines.join('')}\n`;
}

/** Reads events from the bytes of a stream, however they are cut. Comments and unknown fields are passed over. */
export async function* readSse(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<SseEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of bytes) {
    rest += decoder.decode(chunk, { stream: true });
    const frames = rest.split(/\n\n/);
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const event = parseFrame(frame);
      if (event !== undefined) yield event;
    }
  }
}

function parseFrame(frame: string): SseEvent | undefined {
  let event = 'message';
  let id: string | undefined;
  const data: string[] = [];
  for (const line of frame.split('\n')) {
    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (field === 'event' && value !== undefined) event = value;
    if (field === 'id') id = value;
    if (field === 'data') data.push(value ?? '');
  }
  if (data.length === 0) return undefined;
  return { event, data: data.join('\n'), ...(id === undefined ? {} : { id }) };
}
