import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { openHistory } from '../../src/store/openHistory.ts';
import { eventually } from '../support/eventually.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import type { Cleanups } from './cleanups.ts';
import type { Row, Scene, Setting } from './fault.ts';
import { workers } from './job.ts';
import { begun } from './leader.ts';

/** What operators write to, each on a small disk of its own that can be filled. */
export interface Stores {
  readonly postgres: Postgres;
  readonly databaseDisk: string;
  readonly logDisk: string;
  /** What operators are started with. */
  readonly flags: readonly string[];
}

/** What is needed of a setting besides operators. */
export type StoreSetting = Setting & { readonly stores: Stores };

const run = promisify(execFile);
const AWAY_MS = { short: 10_000, full: 60_000 };
/** Room for a new database and the history of the trial. */
const DATABASE_DISK = '160m';
const LOG_DISK = '8m';

/** Starts PostgreSQL on a disk of its own, and makes another for logs. Needs root, to mount them. */
export async function openStores(folder: string, cleanups: Cleanups): Promise<Stores> {
  const databaseDisk = await disk(join(folder, 'database'), DATABASE_DISK, cleanups);
  const logDisk = await disk(join(folder, 'logs'), LOG_DISK, cleanups);
  const postgres = await startPostgres(databaseDisk);
  cleanups.add(() => postgres.close());
  return {
    postgres,
    databaseDisk,
    logDisk,
    flags: ['--database-url', postgres.url(), '--log-store', logDisk],
  };
}

async function disk(path: string, size: string, cleanups: Cleanups): Promise<string> {
  mkdirSync(path, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=1777`, 'endwell-test', path]);
  cleanups.add(() => run('umount', ['--lazy', path]));
  return path;
}

/** Fills a disk to the last byte. Returns what frees it. */
async function fill(path: string, scene: Scene): Promise<() => Promise<void>> {
  const filler = join(path, 'filler');
  // It ends with an error, as it should: there is no more room.
  await run('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k']).catch(() => undefined);
  await writeFile(join(path, 'filler2'), Buffer.alloc(1 << 16)).catch(() => undefined);
  return scene.cleanups.add(() => {
    for (const name of ['filler', 'filler2']) rmSync(join(path, name), { force: true });
    return Promise.resolve();
  });
}

/** Runs whose pods go as soon as their evidence is stored, with all of their logs. */
function recorded(form: 'short' | 'full', url: string) {
  const jobs = form === 'short' ? workers(url, 6, 8) : workers(url, 60, 60);
  return jobs.map((job) => ({
    ...job,
    spec: { ...job.spec, logs: 'Whole' as const, keepPodSeconds: { succeeded: 0, failed: 0 } },
  }));
}

/** The last evidence of main and handler of each run has to be in the database, in the end. */
async function unrecorded({ stores }: StoreSetting, scene: Scene): Promise<string[]> {
  const history = openHistory({ kind: 'postgres', url: stores.postgres.url() });
  const missing: string[] = [];
  for (const { name } of scene.jobs) {
    const uid = scene.seen.runs.get(name)?.metadata.uid ?? '';
    const isStored = async () => (await history.evidenceOf(uid)).filter(({ final }) => final).length >= 2;
    await eventually(isStored, name).catch(() => missing.push(`evidence of run ${name} is not stored`));
  }
  await history.close();
  return missing;
}

/** The database dies, and comes back. */
export const awayDatabase: Row<StoreSetting> = {
  name: 'PostgreSQL away',
  does: {
    short: 'PostgreSQL killed for 10 s, during 6 runs with history',
    full: 'PostgreSQL killed for 60 s, during 60 runs with history',
  },
  plan: (setting) => ({
    jobs: (url) => recorded(setting.form, url),
    async strike(scene) {
      await begun(scene, 1);
      await setting.stores.postgres.stop('SIGQUIT');
      await delay(AWAY_MS[setting.form]);
      await setting.stores.postgres.start();
    },
    also: (scene) => unrecorded(setting, scene),
  }),
};

/** The database has no more room, and gets some. */
export const fullDatabaseDisk: Row<StoreSetting> = {
  name: 'disk of PostgreSQL full',
  does: {
    short: 'the disk under PostgreSQL full for 10 s, during 6 runs with history',
    full: 'the disk under PostgreSQL full for 60 s, during 60 runs with history',
  },
  plan: (setting) => ({
    jobs: (url) => recorded(setting.form, url),
    async strike(scene) {
      const free = await fill(setting.stores.databaseDisk, scene);
      await begun(scene, 1);
      await delay(AWAY_MS[setting.form]);
      await free();
      // It ends when it can't write what it must, and is started again by whoever looks after it.
      await setting.stores.postgres.stop('SIGQUIT');
      await setting.stores.postgres.start();
    },
    also: (scene) => unrecorded(setting, scene),
  }),
};

/** There is no room for whole logs, and then there is. */
export const fullLogDisk: Row<StoreSetting> = {
  name: 'disk for logs full',
  does: {
    short: 'the disk for whole logs full for 10 s, during 6 runs that keep them',
    full: 'the disk for whole logs full for 60 s, during 60 runs that keep them',
  },
  plan: (setting) => ({
    jobs: (url) => recorded(setting.form, url),
    async strike(scene) {
      const free = await fill(setting.stores.logDisk, scene);
      await begun(scene, 1);
      await delay(AWAY_MS[setting.form]);
      await free();
    },
    also: (scene) => unrecorded(setting, scene),
  }),
};
