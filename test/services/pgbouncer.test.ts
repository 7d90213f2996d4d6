import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { openHistory } from '../../src/store/openHistory.ts';
import { describeHistory } from '../../src/store/testing/historyPromises.ts';
import { aStoredRun, uidOf, withStatus } from '../../src/store/testing/storedRuns.ts';
import type { HistoryStore } from '../../src/store/types.ts';
import { startDaemon } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import { forThisFile } from '../support/forThisFile.ts';
import { freePort } from '../support/freePorts.ts';
import { startPostgres } from '../support/postgres.ts';

/** Where Debian puts it. */
const PROGRAM = process.env['ENDWELL_PGBOUNCER'] ?? '/usr/sbin/pgbouncer';
/** Neither it nor PostgreSQL runs as root. */
const NOBODY = 65_534;

/** A PostgreSQL behind a PgBouncer that gives a connection away after each transaction, with one connection for all. */
async function startPooler() {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: apt-get install pgbouncer`);
  const server = await startPostgres();
  const behind = new URL(server.url());
  const folder = mkdtempSync(join(tmpdir(), 'endwell-pgbouncer-'));
  const owner = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const port = await freePort();
  const users = join(folder, 'users');
  const password = decodeURIComponent(behind.password);
  writeFileSync(users, `"${behind.username}" "${password}"\n`, { mode: 0o644 });
  const settings = join(folder, 'pgbouncer.ini');
  const lines = [
    '[databases]',
    `* = host=127.0.0.1 port=${behind.port}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = trust',
    `auth_file = ${users}`,
    'pool_mode = transaction',
    'default_pool_size = 1',
  ];
  writeFileSync(settings, `${lines.join('\n')}\n`, { mode: 0o644 });
  const daemon = startDaemon(PROGRAM, [settings], owner);
  const url = `postgres://${behind.username}@127.0.0.1:${port}/postgres`;
  const answers = async () => {
    const client = new Client({ connectionString: url });
    client.on('error', () => {});
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    );
  };
  await eventually(answers, () => `PgBouncer to start; it said ${daemon.output()}`);
  const opened: HistoryStore[] = [];
  const history = () => {
    opened.push(openHistory({ kind: 'postgres', url }));
    return opened.at(-1) as HistoryStore;
  };
  return {
    server,
    history,
    async close() {
      for (const each of opened) await each.close();
      await daemon.stop('SIGINT');
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const pooler = forThisFile(startPooler);

let shared: HistoryStore | undefined;
describeHistory('sqlHistory behind PgBouncer', async () => {
  shared ??= pooler().history();
  await shared.ready();
  await pooler().server.run(
    'delete from endwell_runs; delete from endwell_statuses; delete from endwell_pods; delete from endwell_outbox',
  );
  return shared;
});

describe('history behind PgBouncer', () => {
  it('is written and read by several at once, over one connection', async () => {
    const histories = Array.from({ length: 3 }, () => pooler().history());
    const runs = Array.from({ length: 30 }, () => withStatus(aStoredRun(), 1));
    await Promise.all(runs.map(async (run, index) => histories[index % 3]?.record([{ run, at: 5 }])));
    const stored = await histories[0]?.revisions(runs.map(uidOf));
    expect(stored?.size).toBe(30);
  });
});
