import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely';
import { systemClock } from '../../ports/clock.ts';
import { StoreUnavailable } from '../errors.ts';
import type { Database } from './database.ts';
import { refuseFullDisk } from './diskRoom.ts';
import { ENGINE, Engine } from './engine.ts';
import { lockFolder } from './folderLock.ts';
import { NEW_DATABASE, unpackDatabase } from './newDatabase.ts';
import { isAnswer } from './storeError.ts';

/** In the names of folders that hold a database which is not whole yet. */
const DRAFT = '.new-';
/** Making a database from nothing takes 7 s on an idle machine of two cores, and a minute on a busy one. */
const MAKE_MS = 180_000;
/** Calls that wait for their turn when it is closed get so long; what is not stored then is stored after the next start. */
const FINISH_MS = 1_000;

/**
 * PostgreSQL in a thread of this process (PGlite), in a folder of its own; the same SQL as a server's. It survives the end of
 * the process at any moment, but it never asks the system to flush its files: what was written in the last seconds before a
 * power failure can be lost, and the database be damaged by it. One connection: calls wait for each other. `signal` breaks
 * the opening off. A new one is unpacked from `packed`, and made from nothing where that is not there.
 */
export async function openEmbedded(
  folder: string,
  signal: AbortSignal,
  packed: URL = NEW_DATABASE,
): Promise<Database> {
  const dataDir = join(folder, 'pgdata');
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw notMade(folder, (error as Error).message, error);
  });
  refuseFullDisk('opening history', folder);
  const unlock = await lockFolder(folder);
  try {
    if (!existsSync(dataDir)) await makeFiles(dataDir, packed, signal);
    const engine = await started(dataDir, signal);
    const sql: Database['sql'] = new Kysely({
      dialect: new PostgresDialect({ pool: oneConnection(engine, dataDir) }),
    });
    const close = async () => {
      const timer = systemClock.after(FINISH_MS, () => engine.lose(new Error('history was closed')));
      await sql.destroy();
      timer.cancel();
      await engine.close();
      await unlock();
    };
    let closed: Promise<void> | undefined;
    return { sql, isLost: () => engine.isLost(), close: () => (closed ??= close()) };
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function started(dataDir: string, signal: AbortSignal): Promise<Engine> {
  try {
    return await Engine.start(dataDir, signal);
  } catch (error) {
    if (isAnswer(error)) throw error;
    throw new StoreUnavailable(
      `opening the database ${dataDir}: ${(error as Error).message}`,
      'It is tried again; if it stays so its files are damaged: move that folder away, and a new history begins',
      error,
    );
  }
}

/**
 * Makes the files of a database: those that were packed, where they were. In a folder of another name until they are whole,
 * so that a process that ends meanwhile leaves nothing half made. The name is new each time: what an earlier process left
 * running may still write to its own.
 */
async function makeFiles(dataDir: string, packed: URL, signal: AbortSignal): Promise<void> {
  await removeDrafts(dataDir);
  const draft = await mkdtemp(`${dataDir}${DRAFT}`);
  try {
    const made = join(draft, 'data');
    if (existsSync(packed)) await unpackDatabase(packed, made, signal);
    else await makeFromNothing(made, signal);
    await rename(made, dataDir);
  } catch (error) {
    throw notMade(dataDir, error instanceof Error ? error.message : String(error), error);
  } finally {
    await removeDrafts(dataDir);
  }
}

/** In a process that ends: it takes seconds of one core and hundreds of MB, and one that serves would keep that memory. */
async function makeFromNothing(folder: string, signal: AbortSignal): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [fileURLToPath(ENGINE), folder], {
      timeout: MAKE_MS,
      signal,
    });
  } catch (error) {
    throw new Error(lastLine(error), { cause: error });
  }
}

function notMade(path: string, why: string, cause: unknown): StoreUnavailable {
  return new StoreUnavailable(`making the database ${path}: ${why}`, 'It is tried again', cause);
}

async function removeDrafts(dataDir: string): Promise<void> {
  const names = await readdir(dirname(dataDir));
  for (const name of names.filter((name) => name.startsWith(`${basename(dataDir)}${DRAFT}`)))
    await rm(join(dirname(dataDir), name), { recursive: true, force: true });
}

/** The package prints its whole minified source before the sentence. */
function lastLine(error: unknown): string {
  const said = typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr) : '';
  const sentence = /^\w*Error: .*$/m.exec(said)?.[0];
  return sentence ?? 'the process that makes it ended';
}

/** A pool of one: whoever connects has it until the release, transactions included. */
function oneConnection(engine: Engine, dataDir: string) {
  let isFree: Promise<void> = Promise.resolve();
  return {
    end: () => isFree,
    async connect() {
      const before = isFree;
      const { promise, resolve } = withResolvers();
      isFree = promise;
      await before;
      refuseWithoutFiles(engine, dataDir);
      const query = async (text: string, values: readonly unknown[]) => {
        // Whatever writes is a transaction.
        if (text === 'begin') refuseFullDisk('storing history', dataDir);
        return engine.query(text, values);
      };
      return {
        query,
        release: resolve,
      } as unknown as PostgresPoolClient;
    },
  };
}

/** Files that were removed stay open, and what is written to them would be gone with the process. */
function refuseWithoutFiles(engine: Engine, dataDir: string): void {
  if (existsSync(join(dataDir, 'PG_VERSION'))) return;
  engine.lose(
    new StoreUnavailable(
      `using the database ${dataDir}: its files were removed`,
      'A new one is begun, with what the cluster still has',
    ),
  );
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
