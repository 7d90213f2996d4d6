import type { S3mini } from 's3mini';

/** One object of a log: bytes from an offset on, which is its name. */
export interface Chunk {
  readonly key: string;
  readonly from: number;
  readonly size: number;
  /** Changes when it is written anew. */
  readonly etag: string;
}

/** Enough digits for any file, so that names sort by offset. */
const DIGITS = 16;
/** What S3 gives at once. */
const PAGE = 1000;

/** Key of the chunk of a log that begins at an offset. */
export function chunkKey(log: string, from: number): string {
  return `${log}/${String(from).padStart(DIGITS, '0')}`;
}

/**
 * The chunks of a log, each beginning where the one before ends; undefined when there is no such log. A chunk that does not
 * fit is left over from a log that a whole one replaced, and does not count.
 */
export async function chunksOf(s3: S3mini, log: string): Promise<Chunk[] | undefined> {
  const chunks: Chunk[] = [];
  let end = 0;
  for (const { key, size, etag } of await objectsBelow(s3, log)) {
    const from = Number(key.slice(-DIGITS));
    if (from !== end || (from === 0 && chunks.length > 0)) continue;
    chunks.push({ key, from, size, etag });
    end += size;
  }
  return chunks.length === 0 ? undefined : chunks;
}

/** All objects below a folder, by key; the bucket that is missing is an error, not an empty folder. */
export async function objectsBelow(s3: S3mini, folder: string): Promise<Omit<Chunk, 'from'>[]> {
  const found: Omit<Chunk, 'from'>[] = [];
  for (let token: string | undefined; ; ) {
    const page = await s3.listObjectsPaged('/', `${folder}/`, PAGE, token);
    if (!page) throw Object.assign(new Error('S3 knows no such bucket'), { status: 404 });
    // The library's types say number; what it gives is the text of the answer.
    for (const { Key, Size, ETag } of page.objects ?? [])
      found.push({ key: Key, size: Number(String(Size)), etag: ETag });
    token = page.nextContinuationToken;
    if (token === undefined) return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}
