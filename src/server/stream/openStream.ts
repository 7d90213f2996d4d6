import type { ServerResponse } from 'node:http';
import { SSE_TYPE } from '../../contract/sse.ts';
import type { Timer } from '../../ports/clock.ts';
import { onAbort } from '../../ports/onAbort.ts';
import type { Api, Reply } from '../http/api.ts';
import { SseWriter } from './sseWriter.ts';

/** Proxies commonly give up on a connection that is quiet for 30 to 60 s. */
const BEAT_MS = 15_000;

/** What a stream of events does for its caller. */
export interface StreamWork {
  /**
   * Called once the head is out: sends what is there and what comes, and calls `end` when nothing more will.
   * Returns what to call when the stream is over.
   */
  readonly begin: (writer: SseWriter, end: () => void) => () => void;
  /** Asked at each heartbeat: false ends the stream, for the caller has lost the right to it. */
  readonly mayGoOn: () => Promise<boolean>;
}

/** An answer that streams events until the work ends it, the caller goes, loses its right, or the server stops. */
export function openStream(api: Api, signal: AbortSignal, work: StreamWork): Reply {
  return {
    kind: 'stream',
    headers: { 'content-type': `${SSE_TYPE}; charset=utf-8`, 'x-accel-buffering': 'no' },
    write: (response) => stream(api, signal, work, response),
  };
}

async function stream(
  api: Api,
  gone: AbortSignal,
  work: StreamWork,
  response: ServerResponse,
): Promise<void> {
  const writer = new SseWriter(response);
  const over = new AbortController();
  const end = () => over.abort();
  const shutdown = () => {
    writer.send('shutdown', { event: 'shutdown', data: '{}' });
    end();
  };
  const forgets = [onAbort(gone, end), onAbort(api.stopping, shutdown)];
  const stopWork = work.begin(writer, end);
  try {
    await beatUntil(api, over, writer, work);
  } finally {
    stopWork();
    for (const forget of forgets) forget();
  }
  await writer.flushed();
}

/** Resolves once the stream is over; rejects when nobody can say whether the caller still has the right. */
function beatUntil(api: Api, over: AbortController, writer: SseWriter, work: StreamWork): Promise<void> {
  return new Promise((resolve, reject) => {
    if (over.signal.aborted) return resolve();
    let timer: Timer = api.clock.after(BEAT_MS, beat);
    function beat(): void {
      work.mayGoOn().then((may) => (may ? writer.beat() : over.abort()), reject);
      timer = api.clock.after(BEAT_MS, beat);
    }
    over.signal.addEventListener('abort', () => {
      timer.cancel();
      resolve();
    });
  });
}
