import { createServer } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { openHistory } from '../../src/store/openHistory.ts';
import { openPostgres } from '../../src/store/sql/postgres.ts';
import { describeHistory } from '../../src/store/testing/historyPromises.ts';
import { aStoredRun, uidOf, withStatus } from '../../src/store/testing/storedRuns.ts';
import type { HistoryStore } from '../../src/store/types.ts';
import { eventually } from '../support/eventually.ts';
import { forThisFile } from '../support/forThisFile.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';

const server = forThisFile<Postgres>(startPostgres);
const open: HistoryStore[] = [];
let databases = 0;

/** A history in a database of its own; closed after the test that asked for it. */
async function freshHistory(): Promise<{ history: HistoryStore; database: string }> {
  for (const history of open.splice(0)) await history.close();
  databases += 1;
  const database = `history${databases}`;
  await server().run(`create database ${database}`);
  return { history: historyOf(database), database };
}

function historyOf(database: string): HistoryStore {
  const history = openHistory({ kind: 'postgres', url: server().url(database) });
  open.push(history);
  return history;
}

const aRow = () => ({ run: withStatus(aStoredRun(), 1), at: 5 });

let shared: { history: HistoryStore; database: string } | undefined;
describeHistory('sqlHistory on PostgreSQL', async () => {
  shared ??= await freshHistory();
  await shared.history.ready();
  await server().run(
    'delete from endwell_runs; delete from endwell_statuses; delete from endwell_pods; delete from endwell_outbox',
    shared.database,
  );
  return shared.history;
});

describe('history on PostgreSQL', () => {
  it('outlives a connection that breaks between two statements, while something holds it', async () => {
    const database = openPostgres(server().url());
    const use = database.sql.connection().execute(async (held) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(held);
      const pid = rows[0]?.pid ?? 0;
      await server().run(`select pg_terminate_backend(${pid})`);
      const isGone = async () =>
        (await server().run(`select 1 from pg_stat_activity where pid = ${pid}`)).length === 0;
      await eventually(isGone, 'the connection to be gone');
      await setImmediate();
      await sql`select 1`.execute(held);
    });
    await expect(use).rejects.toThrow();
    await expect(sql`select 1`.execute(database.sql)).resolves.toBeDefined();
    await database.close();
  });

  it('makes its tables once, however many start at the same time', async () => {
    const { database } = await freshHistory();
    const many = Array.from({ length: 6 }, () => historyOf(database));
    await Promise.all(many.map((history) => history.ready()));
    expect(await server().run('select version from endwell_schema', database)).toHaveLength(1);
  });

  it('refuses a database that a newer version wrote, and changes nothing in it', async () => {
    const { history, database } = await freshHistory();
    await history.ready();
    await server().run('update endwell_schema set version = 999', database);
    await expect(history.ready()).rejects.toMatchObject({
      name: 'StoreVersion',
      message: expect.stringMatching(
        /version 999, and this Endwell knows versions up to \d+\. Use the Endwell that/,
      ),
    });
    await expect(historyOf(database).record([aRow()])).rejects.toMatchObject({ name: 'StoreVersion' });
    expect(await server().run('select count(*)::integer as n from endwell_runs', database)).toEqual([
      { n: 0 },
    ]);
  });

  it.each([
    ['a wrong password', (url: string) => url.replace('%3A1@', '%3A2@'), 'StoreDenied'],
    ['a database that is not there', (url: string) => `${url}x`, 'StoreDenied'],
    ['a port where nobody listens', (url: string) => url.replace(/:\d+\//, ':1/'), 'StoreUnavailable'],
    ['a URL of something else', () => 'mysql://endwell:pass@127.0.0.1/x', 'StoreDenied'],
    ['what is no URL', () => 'endwell:pass@host', 'StoreDenied'],
  ])('says of %s what kind of trouble it is, and no password', async (_, change, name) => {
    const history = openHistory({ kind: 'postgres', url: change(server().url()) });
    const refusal = await history.ready().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refusal).toMatchObject({ name });
    expect(history.problem()).toBe(refusal);
    expect(JSON.stringify(refusal) + String((refusal as Error).stack)).not.toMatch(/pass(%2F|\/)word|:pass@/);
    await history.close();
  });

  it('reads from a server that takes no writes, and says that it takes none', async () => {
    const { history, database } = await freshHistory();
    const row = aRow();
    await history.record([row]);
    await server().run(`alter database ${database} set default_transaction_read_only = on`);
    const standby = historyOf(database);
    await standby.ready();
    expect((await standby.get(uidOf(row.run)))?.uid).toBe(uidOf(row.run));
    await expect(standby.record([aRow()])).rejects.toMatchObject({ name: 'StoreFull' });
    expect(standby.problem()).toMatchObject({ name: 'StoreFull' });
  });

  it('goes on after every connection was cut, losing no call that was answered', async () => {
    const { history, database } = await freshHistory();
    const before = aRow();
    await history.record([before]);
    await server().run(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}' and pid <> pg_backend_pid()`,
      database,
    );
    const after = aRow();
    await history.record([after]).catch(() => history.record([after]));
    expect([...(await history.revisions([before, after].map(({ run }) => uidOf(run)))).values()]).toEqual([
      1, 1,
    ]);
  });

  it('is unavailable while the server is away, and works again when it is back, with all that was answered', async () => {
    const { history } = await freshHistory();
    const row = aRow();
    await history.record([row]);
    await server().stop('SIGQUIT');
    await expect(history.get(uidOf(row.run))).rejects.toMatchObject({ name: 'StoreUnavailable' });
    expect(history.problem()?.message).toMatch(/^reading run uid-\d+ of history: .*It is tried again$/);
    await server().start();
    expect((await history.get(uidOf(row.run)))?.run.status).toEqual(row.run.status);
    expect(history.problem()).toBeUndefined();
  });

  it('makes its tables when the database came up only after it was first asked', async () => {
    const late = await freshHistory();
    await server().stop();
    await expect(late.history.record([aRow()])).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await server().start();
    await late.history.record([aRow()]);
    expect((await late.history.list({ limit: 5 })).runs).toHaveLength(1);
  });

  it('gives each event to one of many that ask at the same time', async () => {
    const { history, database } = await freshHistory();
    const rows = Array.from({ length: 40 }, aRow);
    const event = (id: string) => ({ id, sink: 'audit', type: 't', data: {} });
    await history.record(rows.map((row) => ({ ...row, events: [event(uidOf(row.run))] })));
    const claim = (store: HistoryStore) => store.claim({ sink: 'audit', now: 10, leaseMs: 1000, limit: 15 });
    const others = [history, historyOf(database), historyOf(database), historyOf(database)];
    const taken = (await Promise.all(others.map(claim))).flat().map(({ id }) => id);
    expect(new Set(taken).size).toBe(taken.length);
  });

  it('stores what several write at the same time about the same runs', async () => {
    const { history, database } = await freshHistory();
    const runs = Array.from({ length: 30 }, () => aStoredRun());
    const writers = [history, historyOf(database), historyOf(database)];
    await Promise.all(
      writers.flatMap((store, n) =>
        [3, 1, 2].map((revision) => {
          const ordered = n === 1 ? runs.toReversed() : runs;
          return store.record(ordered.map((run) => ({ run: withStatus(run, revision), at: revision })));
        }),
      ),
    );
    const stored = await history.revisions(runs.map(uidOf));
    expect([...stored.values()]).toEqual(runs.map(() => 3));
    expect(await history.statusRows(uidOf(runs[0] ?? aStoredRun()))).toHaveLength(3);
  });
});

describe('a port that accepts and says nothing', () => {
  it('counts as unavailable after the time that a connection may take', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((done) => {
      silent.listen(0, '127.0.0.1', done);
    });
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const history = openHistory({ kind: 'postgres', url: `postgres://e:x@127.0.0.1:${port}/e` });
    await expect(history.ready()).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await history.close();
    silent.close();
  });
});
