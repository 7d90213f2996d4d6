import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely';
import { StoreUnavailable } from '../errors.ts';
import type { Database } from './database.ts';
import { lockFolder } from './folderLock.ts';

/** Of shared memory; the 128 MB of PostgreSQL's default would all be this process's. */
const SHARED_BUFFERS = 'shared_buffers = 16MB';
/** In the names of folders that hold a database which is not whole yet. */
const DRAFT = '.new-';
/** Making a database takes 6 s on a busy machine of two cores. */
const MAKE_MS = 120_000;

/**
 * Makes the files of a database. Apart, in a process that ends: it takes six seconds of one core and up to 850 MB for as long
 * as it runs, and neither is to be had in a process that serves.
 */
const MAKE =
  "const [url, dataDir] = process.argv.slice(1); const { PGlite } = await import(url); const database = await PGlite.create({ dataDir, postgresqlconf: ['" +
  SHARED_BUFFERS +
  "'] }); await database.close();";

/**
 * PostgreSQL inside this process (PGlite), in a folder of its own; the same SQL as a server's. It survives the end of the
 * process at any moment, but it never asks the system to flush its files: what was written in the last seconds before a
 * power failure can be lost, and the database be damaged by it. One connection: calls wait for each other.
 */
export async function openEmbedded(folder: string): Promise<Database> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unlock = await lockFolder(folder);
  try {
    const dataDir = join(folder, 'pgdata');
    if (!existsSync(dataDir)) await makeFiles(dataDir);
    const embedded = await PGlite.create({ dataDir });
    const sql: Database['sql'] = new Kysely({
      dialect: new PostgresDialect({ pool: oneConnection(embedded) }),
    });
    return {
      sql,
      async close() {
        await sql.destroy();
        await embedded.close();
        await unlock();
      },
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}

/**
 * In a folder of another name until they are whole, so that a process that ends meanwhile leaves nothing half made. The name is
 * new each time: what an earlier process left running may still write to its own.
 */
async function makeFiles(dataDir: string): Promise<void> {
  await removeDrafts(dataDir);
  const draft = await mkdtemp(`${dataDir}${DRAFT}`);
  const url = import.meta.resolve('@electric-sql/pglite');
  try {
    await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', MAKE, url, join(draft, 'data')],
      {
        timeout: MAKE_MS,
      },
    );
    await rename(join(draft, 'data'), dataDir);
  } catch (error) {
    throw new StoreUnavailable(
      `making the database ${dataDir}: ${lastLine(error)}`,
      'It is tried again',
      error,
    );
  } finally {
    await removeDrafts(dataDir);
  }
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
function oneConnection(embedded: PGlite) {
  let isFree: Promise<void> = Promise.resolve();
  return {
    end: () => isFree,
    async connect() {
      const before = isFree;
      const { promise, resolve } = withResolvers();
      isFree = promise;
      await before;
      return {
        query: (text: string, values: unknown[]) => query(embedded, text, values),
        release: resolve,
      } as unknown as PostgresPoolClient;
    },
  };
}

async function query(embedded: PGlite, text: string, parameters: unknown[]) {
  const { rows, affectedRows = 0, command } = await embedded.query(text, parameters);
  return { rows, rowCount: affectedRows, command };
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
