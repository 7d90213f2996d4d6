import { characterStart, LOOK_BACK, PAGE_BYTES } from '../../core/pipeline/pageStarts.ts';

/**
 * Pages whose beginnings are looked for at once: what stands around each is a small read of its own, and so many of them go
 * to a store that is far away together.
 */
const AT_ONCE = 64;
/** So few that are not in the index yet are found as fast again. */
const WORTH_STORING = 8;

/** One log, as its pages are found. */
export interface PagedLog {
  readonly size: number;
  /** Names this very log: one that was stored in its place has another. */
  readonly id: string;
  readAt(from: number, limit: number): Promise<Uint8Array>;
  /** The index that was stored with this log or another before it; undefined: none can be read. */
  loadIndex(): Promise<string | undefined>;
  storeIndex(text: string): Promise<void>;
}

/** Where the pages of a log begin: from its index, which is made and extended here when it does not reach the end. */
export async function pageStartsOf(log: PagedLog): Promise<readonly number[]> {
  if (log.size <= PAGE_BYTES) return [0];
  const known = readIndex(await log.loadIndex(), log);
  const starts = await findStarts(log, known);
  // The index only saves reads: where it can't be stored, the pages are found again.
  if (starts.length - known.length >= WORTH_STORING)
    await log.storeIndex(JSON.stringify({ of: log.id, starts })).catch(() => {});
  return starts;
}

async function findStarts(log: PagedLog, known: readonly number[]): Promise<number[]> {
  const starts = [...known];
  let last = starts.at(-1) ?? 0;
  const { size } = log;
  while (last + PAGE_BYTES < size) {
    for (const { from, bytes } of await windowsBehind(last, log)) {
      const at = last + PAGE_BYTES;
      if (at >= size) break;
      last = from + characterStart(bytes, at - from);
      starts.push(last);
    }
  }
  return starts;
}

/** Each page may be a few bytes short, so that the beginning of the n-th behind this one is known to n times that. */
function windowsBehind(first: number, log: PagedLog) {
  const { size } = log;
  const count = Math.min(AT_ONCE, Math.ceil((size - first) / (PAGE_BYTES - LOOK_BACK)));
  return Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const from = first + (n + 1) * (PAGE_BYTES - LOOK_BACK) - LOOK_BACK;
      const to = Math.min(size, first + (n + 1) * PAGE_BYTES + 1);
      return { from, bytes: from < to ? await log.readAt(from, to - from) : new Uint8Array() };
    }),
  );
}

function readIndex(text: string | undefined, { id, size }: PagedLog): readonly number[] {
  try {
    const { of, starts } = JSON.parse(text ?? '') as { of?: unknown; starts?: unknown };
    const isOurs = of === id && Array.isArray(starts) && starts[0] === 0 && starts.at(-1) < size;
    return isOurs ? (starts as number[]) : [0];
  } catch {
    // None yet, or one that a crash has cut.
    return [0];
  }
}
