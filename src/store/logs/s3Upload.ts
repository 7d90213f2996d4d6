import { type S3mini, sanitizeETag } from 's3mini';

/**
 * A part of an upload. S3 takes 10,000 of at least 5 MiB each: with parts of 8 MiB a log may have 78 GiB, and storing one
 * takes about three times a part of memory.
 */
const PART_BYTES = 8 * 1024 * 1024;

/** Stores an object of any length in bounded memory, whole or not at all; resolves with its size. */
export async function uploadObject(
  s3: S3mini,
  key: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<number> {
  const parts = inParts(bytes)[Symbol.asyncIterator]();
  const first = await parts.next();
  const second = first.done ? first : await parts.next();
  if (first.done || second.done) {
    const only = first.done ? new Uint8Array() : first.value;
    await s3.putObject(key, only);
    return only.length;
  }
  return uploadParts(s3, key, [first.value, second.value], parts);
}

async function uploadParts(
  s3: S3mini,
  key: string,
  begun: Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): Promise<number> {
  const uploadId = await s3.getMultipartUploadId(key);
  try {
    const done: { partNumber: number; etag: string }[] = [];
    let size = 0;
    for (let next = begun.shift(); next !== undefined; next = begun.shift() ?? (await nextOf(rest))) {
      done.push(await s3.uploadPart(key, uploadId, next, done.length + 1));
      size += next.length;
    }
    const { etag } = await s3.completeMultipartUpload(key, uploadId, done);
    // S3 may answer 200 and put the error into the body; the library hands that on as a result without a tag.
    if (typeof etag !== 'string' || sanitizeETag(etag) === '')
      throw new Error(`putting the parts of ${key} together: S3 did not confirm it`);
    return size;
  } catch (error) {
    await s3.abortMultipartUpload(key, uploadId).catch(() => {});
    throw error;
  }
}

async function nextOf(parts: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  const { done, value } = await parts.next();
  return done === true ? undefined : value;
}

/** The same bytes in parts of equal size, the last one apart; nothing when there are none. */
async function* inParts(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let part = new Uint8Array(PART_BYTES);
  let length = 0;
  for await (const chunk of bytes)
    for (let from = 0; from < chunk.length; ) {
      const taken = chunk.subarray(from, from + PART_BYTES - length);
      part.set(taken, length);
      length += taken.length;
      from += taken.length;
      if (length < PART_BYTES) continue;
      yield part;
      part = new Uint8Array(PART_BYTES);
      length = 0;
    }
  if (length > 0) yield part.subarray(0, length);
}
