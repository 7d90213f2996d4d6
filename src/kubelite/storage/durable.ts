import { mkdir, open, readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import {
  DataFolderFullError,
  DataFolderTooNewError,
  DataFolderUnusableError,
  dataFolderError,
  OPENING,
} from './errors.ts';
import type { Storage, StorageWrite } from './storage.ts';

/** Version of the layout below; raised when an older program could no longer read it. */
const DATA_VERSION = 1;

/** LevelDB's write buffer (4 MiB) and its flush to a table must both fit, with room to shut down cleanly. */
const LEAST_FREE_BYTES = 16 * 1024 * 1024;

const MENDING = 'writing to data folder';

const OBJECT = 'object!';
const AFTER_OBJECTS = 'object"';
const VERSION_KEY = 'resourceVersion';

export interface DurableOptions {
  /** Free bytes of the disk that holds a folder. Default: asks the file system. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/**
 * Opens (or makes) the storage in `folder`: LevelDB under `objects/`, the data version in `version.json`. A commit is
 * on disk (fsync) when it resolves. Refuses, before anything is changed, with a `DataFolder…Error`: folder in use,
 * newer data version, full disk, damaged data.
 */
export async function openDurableStorage(folder: string, options: DurableOptions = {}): Promise<Storage> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const known = await checkVersion(folder);
    const openLevel = (action: string) => openObjects(folder, action, options.freeBytes ?? freeBytesOf);
    const level = await openLevel(OPENING);
    if (!known) await writeVersion(folder);
    return durable(level, folder, openLevel);
  } catch (error) {
    if (isOurs(error)) throw error;
    throw dataFolderError(OPENING, folder, error);
  }
}

/** Refuses a disk without room before anything is written to it. */
async function openObjects(
  folder: string,
  action: string,
  freeBytes: (folder: string) => Promise<number>,
): Promise<ClassicLevel> {
  if ((await freeBytes(folder)) < LEAST_FREE_BYTES) throw new DataFolderFullError(action, folder);
  const level = new ClassicLevel(join(folder, 'objects'), { keyEncoding: 'utf8', valueEncoding: 'utf8' });
  await level.open();
  return level;
}

function isOurs(error: unknown): boolean {
  return (
    error instanceof DataFolderFullError ||
    error instanceof DataFolderTooNewError ||
    error instanceof DataFolderUnusableError
  );
}

async function freeBytesOf(folder: string): Promise<number> {
  const disk = await statfs(folder);
  return disk.bavail * disk.bsize;
}

/** True when the folder says its version; false in a new one. */
async function checkVersion(folder: string): Promise<boolean> {
  const file = join(folder, 'version.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return false;
  const found = dataVersionIn(text);
  if (found === undefined) {
    const cause = new Error('version.json is damaged: it has no dataVersion');
    throw new DataFolderUnusableError(OPENING, folder, cause);
  }
  if (found > DATA_VERSION) throw new DataFolderTooNewError(folder, found, DATA_VERSION);
  return true;
}

function dataVersionIn(text: string): number | undefined {
  try {
    const { dataVersion } = JSON.parse(text) as { dataVersion?: unknown };
    return typeof dataVersion === 'number' ? dataVersion : undefined;
  } catch {
    return undefined;
  }
}

async function writeVersion(folder: string): Promise<void> {
  const file = await open(join(folder, 'version.json'), 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ dataVersion: DATA_VERSION })}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

function durable(
  opened: ClassicLevel,
  folder: string,
  reopen: (action: string) => Promise<ClassicLevel>,
): Storage {
  let level = opened;
  return {
    async load() {
      try {
        const objects = [];
        for await (const [key, value] of level.iterator({ gte: OBJECT, lt: AFTER_OBJECTS })) {
          objects.push({ key: key.slice(OBJECT.length), value });
        }
        return { resourceVersion: Number((await level.get(VERSION_KEY)) ?? 0), objects };
      } catch (error) {
        throw dataFolderError('reading data folder', folder, error);
      }
    },
    async commit(writes, resourceVersion) {
      try {
        await level.batch([...writes().map(operation), versionWrite(resourceVersion)], { sync: true });
      } catch (error) {
        throw dataFolderError('writing to data folder', folder, error);
      }
    },
    // LevelDB takes no more writes after one that failed until it is opened again, which drops what was half written.
    async mend(state, resourceVersion) {
      try {
        await level.close();
        level = await reopen(MENDING);
        await level.batch([...state.map(operation), versionWrite(resourceVersion)], { sync: true });
      } catch (error) {
        throw isOurs(error) ? error : dataFolderError(MENDING, folder, error);
      }
    },
    close: () => level.close(),
  };
}

type Operation = { type: 'put'; key: string; value: string } | { type: 'del'; key: string };

function operation(write: StorageWrite): Operation {
  const key = OBJECT + write.key;
  return write.value === undefined ? { type: 'del', key } : { type: 'put', key, value: write.value };
}

function versionWrite(resourceVersion: number): Operation {
  return { type: 'put', key: VERSION_KEY, value: String(resourceVersion) };
}
