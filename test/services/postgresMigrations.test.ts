import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openHistory } from '../../src/store/openHistory.ts';
import { migrate } from '../../src/store/sql/migrate.ts';
import { MIGRATIONS, SCHEMA_VERSION } from '../../src/store/sql/migrations.ts';
import { openPostgres } from '../../src/store/sql/postgres.ts';
import { forThisFile } from '../support/forThisFile.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';

const server = forThisFile<Postgres>(startPostgres);
const versions = MIGRATIONS.map(({ version }) => version);
/** Columns and indexes, in an order of their own. */
const STRUCTURE = `
  select table_name || '.' || column_name as what, data_type || ' ' || is_nullable || ' ' || coalesce(collation_name, '') as how
    from information_schema.columns where table_schema = 'public'
  union all select indexname, indexdef from pg_indexes where schemaname = 'public' order by 1`;
let databases = 0;

async function freshDatabase(): Promise<string> {
  databases += 1;
  await server().run(`create database upgraded${databases}`);
  return `upgraded${databases}`;
}

/** A database as the Endwell of that version left it: `pg_dump --inserts --no-owner` of it. */
const dumpOf = (version: number) =>
  readFileSync(join(import.meta.dirname, 'fixtures', `schema-${version}.sql`), 'utf8');

describe('MIGRATIONS', () => {
  it('count from 1 without a gap', () => {
    expect(versions).toEqual(versions.map((_, n) => n + 1));
  });
});

describe('migrate', () => {
  it.each(versions)(
    'brings a database of version %i to what a new one has, and keeps its rows',
    async (version) => {
      const [upgraded, made] = [await freshDatabase(), await freshDatabase()];
      await server().run(dumpOf(version), upgraded);
      const histories = [upgraded, made].map((name) =>
        openHistory({ kind: 'postgres', url: server().url(name) }),
      );
      for (const history of histories) await history.ready();
      expect(await server().run(STRUCTURE, upgraded)).toEqual(await server().run(STRUCTURE, made));
      expect(await server().run('select version from endwell_schema', upgraded)).toEqual([
        { version: SCHEMA_VERSION },
      ]);
      const [history] = histories;
      const page = await history?.list({ limit: 10 });
      expect(page?.runs.map(({ run }) => [run.metadata.name, run.status?.phase])).toEqual([
        ['nightly-2', 'Running'],
        ['nightly-1', 'Failed'],
      ]);
      const uid = page?.runs[1]?.uid ?? '';
      expect((await history?.statusRows(uid))?.map(({ revision }) => revision)).toEqual([1, 2]);
      expect(await history?.evidenceOf(uid)).toMatchObject([
        {
          podName: 'nightly-1-m1',
          final: true,
          logs: [{ tail: new TextEncoder().encode('out of memory\n') }],
        },
      ]);
      expect(await history?.waiting('audit')).toMatchObject({ count: 1 });
      for (const one of histories) await one.close();
    },
  );

  it('takes only the missing steps, all or none', async () => {
    const name = await freshDatabase();
    const database = openPostgres(server().url(name));
    const step = (version: number, ...statements: string[]) => ({ version, statements });
    const first = step(1, 'create table a (x integer)', 'insert into a values (1)');
    await migrate(database, [first]);
    const broken = [first, step(2, 'update a set x = 2'), step(3, 'select 1 / 0')];
    await expect(migrate(database, broken)).rejects.toThrow(/division by zero/);
    expect(await server().run('select x, version from a, endwell_schema', name)).toEqual([
      { x: 1, version: 1 },
    ]);
    await migrate(database, [first, step(2, 'update a set x = 2'), step(3, 'update a set x = x * 5')]);
    expect(await server().run('select x, version from a, endwell_schema', name)).toEqual([
      { x: 10, version: 3 },
    ]);
    await database.close();
  });
});
