import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

/** A new database as the build packed it, beside the bundle of which this file is a part. Not there from source. */
export const NEW_DATABASE = new URL('./pgdata.tar.gz', import.meta.url);

/** Of a tar file (POSIX, ustar): all is written in blocks of this size. */
const BLOCK = 512;
/** A tenth of the 40 MB would be felt as memory; the 16 KB of the default are thousands of turns. */
const CHUNK_BYTES = 256 * 1024;

/** What stands before a file in a tar. */
interface Header {
  readonly name: string;
  readonly bytes: number;
  readonly isFolder: boolean;
}

/**
 * Makes a folder with the files of a database out of an archive, a quarter of a second of one core; only its owner may read
 * them. Rejects when the archive is not whole, and when `signal` is aborted: what is there then is not whole either.
 */
export async function unpackDatabase(
  archive: string | URL,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  await pipeline(
    createReadStream(archive),
    createGunzip({ chunkSize: CHUNK_BYTES }),
    (chunks: AsyncIterable<Buffer>) => unpackFiles(new Blocks(chunks), folder),
    { signal },
  );
}

async function unpackFiles(blocks: Blocks, folder: string): Promise<void> {
  for (;;) {
    const header = headerIn(await blocks.whole(BLOCK));
    if (header === undefined) return blocks.skipRest();
    const path = join(folder, header.name);
    if (header.isFolder) await mkdir(path, { mode: 0o700 });
    else await unpackFile(blocks, path, header.bytes);
  }
}

async function unpackFile(blocks: Blocks, path: string, bytes: number): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await copy(blocks, file, bytes);
  } finally {
    await file.close();
  }
  await blocks.whole((BLOCK - (bytes % BLOCK)) % BLOCK);
}

async function copy(blocks: Blocks, file: FileHandle, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; ) {
    const part = await blocks.some(left);
    await file.writeFile(part);
    left -= part.length;
  }
}

/** Undefined for the empty block that ends the archive. */
function headerIn(block: Buffer): Header | undefined {
  if (block[0] === 0) return undefined;
  const type = text(block, 156, 1);
  const name = text(block, 0, 100);
  if (type !== '0' && type !== '5')
    throw new Error(`unpacking a new database: ${name} is neither file nor folder`);
  return { name, bytes: Number.parseInt(text(block, 124, 12), 8), isFolder: type === '5' };
}

function text(block: Buffer, at: number, length: number): string {
  return block.toString('latin1', at, at + length).replace(/[\0 ].*$/s, '');
}

/** The bytes of a stream, in pieces of the size that is asked for. */
class Blocks {
  readonly #chunks: AsyncIterator<Buffer>;
  #left: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** At least one byte and at most so many. */
  async some(most: number): Promise<Buffer> {
    while (this.#left.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done === true) throw new Error('unpacking a new database: the archive ends too early');
      this.#left = value;
    }
    const part = this.#left.subarray(0, most);
    this.#left = this.#left.subarray(part.length);
    return part;
  }

  /** So many, in one piece. */
  async whole(bytes: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = bytes; left > 0; ) {
      const part = await this.some(left);
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** Reads to the end, where the checksum of the archive stands. */
  async skipRest(): Promise<void> {
    while ((await this.#chunks.next()).done !== true);
  }
}
