import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Timer } from '../../../ports/clock.ts';
import type { PodLogRequest } from '../../types.ts';
import { offsetSince, readLogTimes, timeAt, watchFile } from './logIndex.ts';

/** A log that is read, and how one knows that it is whole. */
export interface LogToRead {
  /** The run's folder. */
  readonly folder: string;
  /** Undefined once the container has ended. */
  readonly ended: Promise<void> | undefined;
}

type ReadRequest = Pick<
  PodLogRequest,
  'follow' | 'timestamps' | 'tailLines' | 'limitBytes' | 'since' | 'signal'
>;

const CHUNK_BYTES = 64 * 1024;
/** A follower looks at least this often, should the system forget to tell of a change. */
const LOOK_MS = 500;
const LINE_FEED = 0x0a;

/** The asked part of a log, byte for byte as the container wrote it. A follower's ends with the container. */
export async function* readLog(
  log: LogToRead,
  request: ReadRequest,
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  const file = await open(join(log.folder, 'log'), 'r');
  try {
    const start = await startOffset(file, log, request);
    const bytes = rawBytes(file, start, log, request, clock);
    yield* limited(request.timestamps ? stamped(bytes, start, log, clock) : bytes, request.limitBytes);
  } finally {
    await file.close();
  }
}

async function startOffset(file: FileHandle, log: LogToRead, request: ReadRequest): Promise<number> {
  const { size } = await file.stat();
  let start = 0;
  if (request.since !== undefined) {
    const offset = offsetSince(readLogTimes(log.folder), request.since);
    start = offset === 0 ? 0 : await lineStartFrom(file, offset, size);
  }
  if (request.tailLines === undefined) return start;
  return Math.max(start, await tailOffset(file, size, request.tailLines));
}

/** The first byte of the first line that begins at or after `offset`. */
async function lineStartFrom(file: FileHandle, offset: number, size: number): Promise<number> {
  for (let at = offset - 1; at < size; at += CHUNK_BYTES) {
    const chunk = await readAt(file, at, CHUNK_BYTES);
    const feed = chunk.indexOf(LINE_FEED);
    if (feed >= 0) return at + feed + 1;
  }
  return size;
}

/** Where the last `lines` lines begin; a last line without a line feed counts. */
async function tailOffset(file: FileHandle, size: number, lines: number): Promise<number> {
  if (lines === 0) return size;
  let missing = lines;
  for (let end = size; end > 0; ) {
    const begin = Math.max(0, end - CHUNK_BYTES);
    const chunk = await readAt(file, begin, end - begin);
    for (let at = chunk.length - 1; at >= 0; at--) {
      const closesLog = begin + at === size - 1;
      if (chunk[at] !== LINE_FEED || closesLog) continue;
      missing -= 1;
      if (missing === 0) return begin + at + 1;
    }
    end = begin;
  }
  return 0;
}

async function* rawBytes(
  file: FileHandle,
  start: number,
  log: LogToRead,
  request: ReadRequest,
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  let offset = start;
  let ended = log.ended === undefined || !request.follow;
  void log.ended?.then(() => {
    ended = true;
  });
  while (!request.signal.aborted) {
    const whole = ended;
    for (;;) {
      const chunk = await readAt(file, offset, CHUNK_BYTES);
      if (chunk.length === 0) break;
      offset += chunk.length;
      yield chunk;
      if (request.signal.aborted) return;
    }
    if (whole) return;
    await changed(log, offset, request.signal, clock);
  }
}

/** Resolves when the log may have grown, the container ended, or the reader went. */
function changed(log: LogToRead, size: number, signal: AbortSignal, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    let timer: Timer | undefined;
    const done = () => {
      watcher?.close();
      timer?.cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const watcher = watchFile(join(log.folder, 'log'), done);
    timer = clock.after(watcher && size > 0 ? LOOK_MS : LOOK_MS / 10, done);
    signal.addEventListener('abort', done, { once: true });
    void log.ended?.then(done);
    if (signal.aborted) done();
  });
}

/** Puts before each line the time at which its first byte was seen. */
async function* stamped(
  bytes: AsyncIterable<Uint8Array>,
  start: number,
  log: LogToRead,
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  let offset = start;
  let atLineStart = true;
  let index = readLogTimes(log.folder);
  for await (const chunk of bytes) {
    const parts: Uint8Array[] = [];
    if ((index.sizes.at(-1) ?? 0) < offset + chunk.length) index = readLogTimes(log.folder);
    for (let at = 0; at < chunk.length; ) {
      const feed = chunk.indexOf(LINE_FEED, at);
      const next = feed < 0 ? chunk.length : feed + 1;
      if (atLineStart) parts.push(Buffer.from(`${nanoTime(timeAt(index, offset + at) ?? clock.now())} `));
      parts.push(chunk.subarray(at, next));
      atLineStart = feed >= 0;
      at = next;
    }
    offset += chunk.length;
    yield Buffer.concat(parts);
  }
}

async function* limited(
  bytes: AsyncIterable<Uint8Array>,
  limit: number | undefined,
): AsyncGenerator<Uint8Array> {
  let left = limit ?? Number.POSITIVE_INFINITY;
  if (left <= 0) return;
  for await (const chunk of bytes) {
    yield chunk.length <= left ? chunk : chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}

/** RFC 3339 with nanoseconds, as Kubernetes prints them; the index knows milliseconds. */
function nanoTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000000Z');
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}
