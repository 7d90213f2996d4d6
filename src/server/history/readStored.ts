import { Refusal } from '../http/refusal.ts';
import type { StoredLog } from './storedLog.ts';

/** What the last lines are looked for in: lines of usual length, in bounded memory. */
const TAIL_BYTES = 4 * 1024 * 1024;
const LINE_FEED = 0x0a;

/** Which part of a stored log. */
export interface StoredRange {
  readonly after?: number | undefined;
  readonly tailLines?: number | undefined;
  readonly sinceSeconds?: number | undefined;
}

/** The part of a stored log that is asked for, at most `limit` bytes. Refuses (400) a time: stored logs have none. */
export async function readStored(log: StoredLog, range: StoredRange, limit: number): Promise<Buffer> {
  if (range.sinceSeconds !== undefined) {
    const message =
      'can not be given: the pod is gone, and stored logs do not say when a line was written; use tailLines';
    throw new Refusal('BadRequest', `query.sinceSeconds ${message}`, {
      problems: [{ field: 'query.sinceSeconds', message }],
    });
  }
  if (range.tailLines === undefined) return Buffer.from(await log.read({ from: range.after ?? 0, limit }));
  const end = await log.read({ from: Math.max(0, log.size - TAIL_BYTES), limit: TAIL_BYTES });
  return lastLines(Buffer.from(end), range.tailLines).subarray(0, limit);
}

function lastLines(bytes: Buffer, lines: number): Buffer {
  if (lines === 0) return Buffer.alloc(0);
  // The line feed at the very end closes the last line; it begins none.
  let at = bytes.at(-1) === LINE_FEED ? bytes.length - 1 : bytes.length;
  for (let left = lines; left > 0 && at > 0; left -= 1) {
    at = bytes.lastIndexOf(LINE_FEED, at - 1);
  }
  return bytes.subarray(at < 0 ? 0 : at + 1);
}
