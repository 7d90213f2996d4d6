import { S3mini } from 's3mini';
import { systemFetch } from '../../ports/fetch.ts';
import { StoreRefused } from '../errors.ts';
import type { LogKey, LogStore } from '../types.ts';
import { folderOfRun, pathOfIndex, pathOfLog } from './logName.ts';
import { pageStartsOf } from './pageIndex.ts';
import { type Chunk, chunkKey, chunksOf, objectsBelow } from './s3Chunks.ts';
import { s3Error } from './s3Error.ts';
import { uploadObject } from './s3Upload.ts';

/** A bucket of an S3-compatible store, and how to get in. */
export interface S3Place {
  /** Of the store, without the bucket, as https://s3.eu-central-1.amazonaws.com. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Before all keys; '' for none. */
  readonly prefix: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** One request: a part of 8 MiB passes in it on a slow line. */
const REQUEST_MS = 120_000;
/** A chunk that is shorter is written anew with what is added: a log that grows by lines does not become thousands of objects. */
const GROW_BELOW = 256 * 1024;
/** Keys deleted by one request of S3. */
const DELETE_BATCH = 1000;

/**
 * Logs in a bucket: PREFIX/NAMESPACE/RUN-UID/POD-UID/CONTAINER/current.log/OFFSET. A log is one object, or several when it was
 * followed, for S3 can't add to an object. Uploads that a process could not end stay in the bucket, unseen, until its
 * rule for incomplete uploads removes them.
 */
export function s3Logs(place: S3Place): LogStore {
  const s3 = new S3mini({
    endpoint: `${place.endpoint.replace(/\/+$/, '')}/${place.bucket}`,
    region: place.region,
    accessKeyId: place.accessKeyId,
    secretAccessKey: place.secretAccessKey,
    requestAbortTimeout: REQUEST_MS,
    fetch: (url, init) => systemFetch(url instanceof Request ? url.url : url.toString(), init ?? {}),
  });
  const root = place.prefix.replace(/^\/+|\/+$/g, '');
  const below = (path: string) => (root === '' ? path : `${root}/${path}`);

  async function put(key: LogKey, bytes: AsyncIterable<Uint8Array>): Promise<number> {
    const log = below(pathOfLog(key));
    const size = await uploadObject(s3, chunkKey(log, 0), bytes);
    const others = (await objectsBelow(s3, log)).filter((object) => object.key !== chunkKey(log, 0));
    await deleteAll(
      s3,
      others.map((object) => object.key),
    );
    return size;
  }

  async function append(key: LogKey, offset: number, bytes: Uint8Array): Promise<number> {
    const log = below(pathOfLog(key));
    const chunks = (await chunksOf(s3, log)) ?? [];
    const end = endOf(chunks);
    if (offset > end)
      throw new StoreRefused(
        `adding to ${log}: it ends at ${end}, and the bytes begin at ${offset}`,
        'Add from the end, as `size` says it',
      );
    const added = bytes.subarray(end - offset);
    if (added.length === 0 && chunks.length > 0) return end;
    const last = chunks.at(-1);
    if (last === undefined || last.size >= GROW_BELOW) await s3.putObject(chunkKey(log, end), added);
    else await s3.putObject(last.key, Buffer.concat([await bytesOf(s3, last, 0, last.size), added]));
    return end + added.length;
  }

  async function read(key: LogKey, { from, limit }: { from: number; limit: number }) {
    const chunks = await chunksOf(s3, below(pathOfLog(key)));
    return chunks && rangeOf(s3, chunks, from, limit);
  }

  async function pages(key: LogKey) {
    const chunks = await chunksOf(s3, below(pathOfLog(key)));
    const [first] = chunks ?? [];
    if (chunks === undefined || first === undefined) return undefined;
    const index = below(pathOfIndex(key));
    const starts = await pageStartsOf({
      size: endOf(chunks),
      id: first.etag,
      readAt: (from, limit) => rangeOf(s3, chunks, from, limit),
      loadIndex: async () => (await s3.getObject(index)) ?? undefined,
      storeIndex: async (text) => {
        await s3.putObject(index, text);
      },
    });
    return { size: endOf(chunks), starts };
  }

  async function deleteRun(run: { namespace: string; runUID: string }): Promise<void> {
    const objects = await objectsBelow(s3, below(folderOfRun(run)));
    await deleteAll(
      s3,
      objects.map(({ key }) => key),
    );
  }

  const saying = async <T>(action: string, work: () => Promise<T>) => {
    try {
      return await work();
    } catch (error) {
      throw s3Error(`${action} (bucket ${place.bucket})`, error);
    }
  };
  return {
    ready: () =>
      saying('asking the log store', async () => {
        await objectsBelow(s3, below('ready'));
      }),
    put: (key, bytes) => saying('storing a log', () => put(key, bytes)),
    append: (key, offset, bytes) => saying('adding to a log', () => append(key, offset, bytes)),
    size: (key) =>
      saying('reading the size of a log', async () => {
        const chunks = await chunksOf(s3, below(pathOfLog(key)));
        return chunks && endOf(chunks);
      }),
    read: (key, range) => saying('reading a log', () => read(key, range)),
    pages: (key) => saying('finding the pages of a log', () => pages(key)),
    deleteRun: (run) => saying('deleting the logs of a run', () => deleteRun(run)),
    async close() {},
  };
}

function endOf(chunks: readonly Chunk[]): number {
  const last = chunks.at(-1);
  return last === undefined ? 0 : last.from + last.size;
}

async function rangeOf(
  s3: S3mini,
  chunks: readonly Chunk[],
  from: number,
  limit: number,
): Promise<Uint8Array> {
  const to = Math.min(from + limit, endOf(chunks));
  const pieces: Uint8Array[] = [];
  for (const chunk of chunks) {
    const [start, end] = [Math.max(from, chunk.from), Math.min(to, chunk.from + chunk.size)];
    if (start < end) pieces.push(await bytesOf(s3, chunk, start - chunk.from, end - chunk.from));
  }
  return new Uint8Array(Buffer.concat(pieces));
}

async function bytesOf(s3: S3mini, { key }: Chunk, from: number, to: number): Promise<Uint8Array> {
  if (from === to) return new Uint8Array();
  const answer = await s3.getObjectRaw(key, false, from, to);
  return new Uint8Array(await answer.arrayBuffer());
}

async function deleteAll(s3: S3mini, keys: readonly string[]): Promise<void> {
  for (let start = 0; start < keys.length; start += DELETE_BATCH) {
    const deleted = await s3.deleteObjects(keys.slice(start, start + DELETE_BATCH));
    if (deleted.includes(false)) throw new Error('S3 did not delete every object');
  }
}
