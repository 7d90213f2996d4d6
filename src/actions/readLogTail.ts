import type { KubeClient } from '../kube/types.ts';
import type { Clock } from '../ports/clock.ts';
import { withTimeLimit } from '../ports/withTimeLimit.ts';
import { type EffectOptions, refOf } from './target.ts';

/** What a status has room for (core/run/status.ts). */
const TAIL_BYTES = 1024;

/** Enough lines to fill the tail in any log that people read; a log of longer lines has fewer of them. */
const TAIL_LINES = 64;

/** Bounds what a log of endless lines may cost us. */
const MAX_READ_BYTES = 1024 * 1024;

/** The end of a run waits for its tail no longer than this: the handler matters more. */
const MAX_WAIT_MS = 2_000;

/**
 * The last ≤ 1 KiB of one container's log, cut at a whole character. '' when there is none to be had: the log is gone,
 * the container never started, or the kubelet does not answer within 2 s. Only the signal makes it throw.
 */
export async function readLogTail(
  client: KubeClient,
  source: { readonly namespace: string; readonly name: string; readonly container: string },
  clock: Clock,
  options: EffectOptions = {},
): Promise<string> {
  const limit = { what: 'reading pod log', clock, limitMs: MAX_WAIT_MS, stop: options.signal };
  try {
    return await withTimeLimit(limit, (signal) => readTail(client, source, signal));
  } catch (error) {
    if (options.signal?.aborted) throw error;
    return '';
  }
}

async function readTail(
  client: KubeClient,
  source: { readonly namespace: string; readonly name: string; readonly container: string },
  signal: AbortSignal,
): Promise<string> {
  const bytes = await client.podLog(refOf(source), {
    container: source.container,
    tailLines: TAIL_LINES,
    limitBytes: MAX_READ_BYTES,
    signal,
  });
  let tail = Buffer.alloc(0);
  for await (const chunk of bytes) {
    tail = Buffer.concat([tail, chunk]);
    // Cut now and then, not at each chunk: a copy of 1 KiB for every few bytes would cost more than the log.
    if (tail.length > 16 * TAIL_BYTES) tail = tail.subarray(-TAIL_BYTES);
  }
  return wholeCharacters(tail.subarray(-TAIL_BYTES));
}

/** Drops the rest of a character that was cut at the front; bytes that are no UTF-8 become U+FFFD, within the bound. */
function wholeCharacters(bytes: Uint8Array): string {
  let start = 0;
  while (start < 4 && ((bytes[start] ?? 0) & 0b1100_0000) === 0b1000_0000) start += 1;
  let text = new TextDecoder().decode(bytes.subarray(start));
  while (Buffer.byteLength(text) > TAIL_BYTES) text = text.slice(1);
  return text;
}
