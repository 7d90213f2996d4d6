import type { EffectOptions } from '../../actions/target.ts';
import { LOG_TAIL_BYTES } from '../../core/run/defaults.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Clock } from '../../ports/clock.ts';
import { withTimeLimit } from '../../ports/withTimeLimit.ts';
import { LogTail } from './logTail.ts';

/** The log of one container instance, as the API names it. */
export interface LogSource {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
}

/** The end of a log. */
export interface ReadTail {
  readonly tail: Uint8Array;
  /** Bytes of the whole log; undefined: more than was read. */
  readonly size: number | undefined;
}

/** Fill 64 KiB in logs of usual lines (64 bytes and more); the API counts lines, not bytes. */
const FEW_LINES = 1024;
/** Fill it in any log: a line has one byte at least. */
const ALL_LINES = LOG_TAIL_BYTES;
/** A kubelet that needs longer to send the end of one log does not answer; the log is asked for again later. */
const MAX_READ_MS = 30_000;
const LINE_FEED = 0x0a;

/** Reads the last 64 KiB of a log. Throws what the client throws, and an error of its own when it takes longer than 30 s. */
export async function readTail(
  client: KubeClient,
  source: LogSource,
  clock: Clock,
  options: EffectOptions = {},
): Promise<ReadTail> {
  const limit = { what: 'reading pod log', clock, limitMs: MAX_READ_MS, stop: options.signal };
  return withTimeLimit(limit, async (signal) => {
    const few = await readLines(client, source, FEW_LINES, signal);
    return few.size === undefined && few.tail.length < LOG_TAIL_BYTES
      ? readLines(client, source, ALL_LINES, signal)
      : few;
  });
}

async function readLines(
  client: KubeClient,
  source: LogSource,
  tailLines: number,
  signal: AbortSignal,
): Promise<ReadTail> {
  const bytes = await openLog(client, source, { tailLines, signal });
  const tail = new LogTail();
  let lines = 0;
  for await (const chunk of bytes) {
    tail.push(chunk);
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) lines += 1;
  }
  return { tail: tail.bytes(), size: lines < tailLines ? tail.size : undefined };
}

/** Opens a log by the API. */
export function openLog(
  client: KubeClient,
  { namespace, pod, container, previous }: LogSource,
  options: Parameters<KubeClient['podLog']>[1],
): Promise<AsyncIterable<Uint8Array>> {
  return client.podLog(
    { namespace, name: pod },
    { container, ...(previous ? { previous } : {}), ...options },
  );
}
