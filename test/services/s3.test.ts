import { S3mini } from 's3mini';
import { describe, expect, it } from 'vitest';
import { type S3Place, s3Logs } from '../../src/store/logs/s3Logs.ts';
import { describeLogs } from '../../src/store/testing/logPromises.ts';
import { forThisFile } from '../support/forThisFile.ts';
import { type S3Server, startS3 } from '../support/s3.ts';

const server = forThisFile<S3Server>(startS3);
const KEY = { namespace: 'n', runUID: 'r', podUID: 'p', container: 'main', previous: false };
const MIB = 1024 * 1024;

const clientOf = (place: S3Place) => new S3mini({ ...place, endpoint: `${place.endpoint}/${place.bucket}` });

/** Keys of all objects of a bucket. */
async function keysOf(place: S3Place): Promise<string[]> {
  return ((await clientOf(place).listObjects('/', '')) ?? []).map(({ Key }) => Key);
}

async function* megabytes(count: number) {
  for (let n = 0; n < count; n += 1) yield new Uint8Array(MIB).fill(n);
}

describeLogs('s3Logs', async () => s3Logs(await server().place()));

describe('s3Logs', () => {
  it('stores a log of hundreds of megabytes in bounded memory', async () => {
    const place = await server().place();
    const before = process.memoryUsage().rss;
    let highest = before;
    const watched = async function* () {
      for await (const chunk of megabytes(300)) {
        highest = Math.max(highest, process.memoryUsage().rss);
        yield chunk;
      }
    };
    expect(await s3Logs(place).put(KEY, watched())).toBe(300 * MIB);
    // Three parts are alive, and the engine lets some 64 MiB of dead buffers lie before it collects them.
    expect(highest - before).toBeLessThan(150 * MIB);
    expect(await keysOf(place)).toEqual(['endwell/test/n/r/p/main/current.log/0000000000000000']);
  });

  it('leaves no unfinished upload when the bytes break off', async () => {
    const place = await server().place();
    const broken = async function* () {
      yield* megabytes(20);
      throw new Error('the node went away');
    };
    await expect(s3Logs(place).put(KEY, broken())).rejects.toThrow('the node went away');
    expect(await keysOf(place)).toEqual([]);
    const unfinished = async () => JSON.stringify(await clientOf(place).listMultipartUploads());
    expect(await unfinished()).not.toContain('"Upload":');
    await clientOf(place).getMultipartUploadId('some/key');
    expect(await unfinished()).toContain('"Upload":');
  });

  it('keeps a log that grows by lines in few objects', async () => {
    const place = await server().place();
    const logs = s3Logs(place);
    let size = 0;
    for (let n = 0; n < 60; n += 1) size = await logs.append(KEY, size, new Uint8Array(10_000).fill(n));
    expect(size).toBe(600_000);
    expect((await keysOf(place)).length).toBeLessThan(5);
    const bytes = await logs.read(KEY, { from: 269_999, limit: 2 });
    expect([...(bytes ?? [])]).toEqual([26, 27]);
  });

  it.each([
    ['a bucket that is not there', { bucket: 'nobody' }, 'StoreDenied'],
    ['a server that is not there', { endpoint: 'http://127.0.0.1:1' }, 'StoreUnavailable'],
  ])('says of %s what kind of trouble it is, and never the key', async (_, change, name) => {
    const logs = s3Logs({ ...(await server().place()), ...change });
    const refusal = await logs.ready().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refusal).toMatchObject({ name });
    expect(JSON.stringify(refusal) + String((refusal as Error).stack)).not.toContain('a-hidden-key');
  });
});
