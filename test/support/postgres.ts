import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type Daemon, startDaemon } from './daemon.ts';
import { eventually } from './eventually.ts';
import { freePort } from './freePorts.ts';

const PASSWORD = 'pass/word:1';
/** PostgreSQL refuses to run as root; any other user will do. */
const NOBODY = 65_534;

/** A PostgreSQL server of its own, with its files in a temporary folder. */
export interface Postgres {
  /** URL of one of its databases, with the password. */
  url(database?: string): string;
  /** Runs a statement as its owner. */
  run(statement: string, database?: string): Promise<Record<string, unknown>[]>;
  start(): Promise<void>;
  /** 'SIGQUIT' ends it at once, as a crash does. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  close(): Promise<void>;
}

/** Makes and starts a server on a free port of the loopback, with its files below `parent`. */
export async function startPostgres(parent = tmpdir()): Promise<Postgres> {
  const binaries = binariesFolder();
  const folder = mkdtempSync(join(parent, 'endwell-postgres-'));
  const owner = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, PASSWORD, { mode: 0o644 });
  const data = join(folder, 'data');
  const access = ['--auth', 'scram-sha-256', '--username', 'endwell', '--pwfile', passwordFile];
  const locale = ['--encoding', 'UTF8', '--locale', 'C.UTF-8'];
  execFileSync(join(binaries, 'initdb'), ['-D', data, ...access, ...locale, '--no-sync'], { ...owner });
  const port = await freePort();
  let daemon: Daemon | undefined;

  const url = (database = 'postgres') =>
    `postgres://endwell:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${database}`;
  async function run(statement: string, database = 'postgres') {
    const client = new Client({ connectionString: url(database) });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(statement)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  }
  async function start() {
    const listen = ['-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
    const started = startDaemon(join(binaries, 'postgres'), ['-D', data, ...listen], owner);
    daemon = started;
    const isUp = () =>
      run('select 1').then(
        () => true,
        () => false,
      );
    await eventually(isUp, () => `PostgreSQL to start; it said ${started.output()}`);
  }
  await start();
  return {
    url,
    run,
    start,
    stop: (signal = 'SIGINT') => daemon?.stop(signal) ?? Promise.resolve(),
    async close() {
      await daemon?.stop('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Where Debian puts the programs of the newest installed version. */
function binariesFolder(): string {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions
    .map((version) => join(root, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')));
  if (found === undefined)
    throw new Error('starting PostgreSQL: it is not installed (Debian package postgresql)');
  return found;
}
