import { type FileHandle, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StoreDenied, StoreError, StoreFull, StoreRefused, StoreUnavailable } from '../errors.ts';
import type { LogKey, LogStore } from '../types.ts';
import { folderOfRun, pathOfIndex, pathOfLog } from './logName.ts';
import { pageStartsOf } from './pageIndex.ts';

/** A log may hold what a job printed by mistake: only whoever runs Endwell reads it. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** Logs as files below a folder: NAMESPACE/RUN-UID/POD-UID/CONTAINER/current.log. Each write is flushed to the disk before it is answered. */
export function folderLogs(root: string): LogStore {
  const fileOf = (key: LogKey) => join(root, pathOfLog(key));
  let drafts = 0;

  async function put(key: LogKey, bytes: AsyncIterable<Uint8Array>): Promise<number> {
    const path = fileOf(key);
    await makeFolder(dirname(path));
    drafts += 1;
    const draft = `${path}.${process.pid}-${drafts}.part`;
    try {
      const size = await withFile(draft, 'w', async (file) => writeAll(file, bytes));
      await rename(draft, path);
      await flushFolder(dirname(path));
      return size;
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  async function append(key: LogKey, offset: number, bytes: Uint8Array): Promise<number> {
    const path = fileOf(key);
    await makeFolder(dirname(path));
    const { size, isNew } = await withFile(path, 'a', async (file) => {
      const { size } = await file.stat();
      if (offset > size) throw gap(path, size, offset);
      const added = bytes.subarray(size - offset);
      if (added.length > 0) await writeWhole(file, added);
      return { size: size + added.length, isNew: size === 0 };
    });
    if (isNew) await flushFolder(dirname(path));
    return size;
  }

  async function pages(key: LogKey) {
    if ((await statOf(fileOf(key))) === undefined) return undefined;
    const path = join(root, pathOfIndex(key));
    drafts += 1;
    const draft = `${path}.${process.pid}-${drafts}.part`;
    const file = await open(fileOf(key), 'r');
    try {
      const { size, ino, birthtimeNs } = await file.stat({ bigint: true });
      const starts = await pageStartsOf({
        size: Number(size),
        id: `${ino}-${birthtimeNs}`,
        readAt: (from, limit) => readAt(file, from, limit),
        loadIndex: async () => {
          if ((await statOf(path)) === undefined) return undefined;
          return readFile(path, 'utf8');
        },
        storeIndex: async (text) => {
          await writeFile(draft, text, { mode: FILE_MODE });
          await rename(draft, path);
        },
      });
      return { size: Number(size), starts };
    } finally {
      await file.close();
    }
  }

  return {
    ready: () => saying(`preparing the log folder ${root}`, () => makeFolder(root)),
    put: (key, bytes) => saying('storing a log', () => put(key, bytes)),
    append: (key, offset, bytes) => saying('adding to a log', () => append(key, offset, bytes)),
    size: (key) => saying('reading the size of a log', async () => (await statOf(fileOf(key)))?.size),
    read: (key, range) => saying('reading a log', () => readRange(fileOf(key), range)),
    pages: (key) => saying('finding the pages of a log', () => pages(key)),
    deleteRun: (run) =>
      saying('deleting the logs of a run', () =>
        rm(join(root, folderOfRun(run)), { recursive: true, force: true }),
      ),
    async close() {},
  };
}

/** Makes what is missing of a folder, and flushes the entry of each folder that was made. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await flushFolder(dirname(made));
}

async function flushFolder(folder: string): Promise<void> {
  await withFile(folder, 'r', async () => {});
}

/** Closes the file in any case, flushed when all went well. */
async function withFile<T>(path: string, flags: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags, FILE_MODE);
  try {
    const answer = await work(file);
    await file.sync();
    return answer;
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, bytes: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const chunk of bytes) {
    await writeWhole(file, chunk);
    size += chunk.length;
  }
  return size;
}

/** The system may take less than it is given. */
async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let start = 0; start < bytes.length; ) start += (await file.write(bytes, start)).bytesWritten;
}

async function readRange(
  path: string,
  { from, limit }: { from: number; limit: number },
): Promise<Uint8Array | undefined> {
  if ((await statOf(path)) === undefined) return undefined;
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    return await readAt(file, from, Math.max(0, Math.min(limit, size - from)));
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, from: number, limit: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(limit);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, from + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}

async function statOf(path: string): Promise<{ size: number } | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function gap(path: string, size: number, offset: number): StoreRefused {
  return new StoreRefused(
    `adding to ${path}: it ends at ${size}, and the bytes begin at ${offset}`,
    'Add from the end, as `size` says it',
  );
}

async function saying<T>(action: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw logFolderError(action, error);
  }
}

function logFolderError(action: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const message = `${action}: ${cause instanceof Error ? cause.message : String(cause)}`;
  switch (codeOf(cause)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EROFS':
      return new StoreFull(
        message,
        'Make room on the disk of the log folder, or choose another folder',
        cause,
      );
    case 'EACCES':
    case 'EPERM':
    case 'ENOTDIR':
      return new StoreDenied(message, 'Choose a folder that this user may write', cause);
    default:
      return new StoreUnavailable(message, 'It is tried again', cause);
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
