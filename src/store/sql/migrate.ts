import { sql } from 'kysely';
import { StoreVersion } from '../errors.ts';
import type { Database } from './database.ts';
import type { Migration } from './migrations.ts';

/** Any number that nothing else in the database uses for an advisory lock: "endwell" in ASCII. */
const LOCK = 0x65_6e_64_77_65_6c;

/** The oldest PostgreSQL whose SQL this is, and on which it is tested; its own number, `server_version_num`. */
const OLDEST_SERVER = 140_000;

/**
 * Brings the schema to the newest of `migrations`: all missing steps in one transaction, one process at a time. Refuses
 * a database that is newer, and a server that is too old. One that is up to date is only read, so that a standby can serve reads.
 */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<void> {
  const newest = migrations.at(-1)?.version ?? 0;
  if ((await versionOf(database.sql, newest)) === newest) return;
  await database.sql.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(LOCK)})`.execute(transaction);
    const version = await versionOf(transaction, newest);
    if (version === 0) await createVersionTable(transaction);
    for (const migration of migrations.filter((step) => step.version > version))
      for (const statement of migration.statements) await sql.raw(statement).execute(transaction);
    await sql`update endwell_schema set version = ${newest}`.execute(transaction);
  });
}

/** 0: there is no schema yet. Refuses one that is newer than `newest`. */
async function versionOf(database: Database['sql'], newest: number): Promise<number> {
  // Read as a table, not asked by to_regclass: that can answer from what this session knew before it waited for the lock.
  const asked = await sql<{ found: boolean; server: number }>`select exists (
    select from pg_catalog.pg_class where relname = 'endwell_schema' and pg_table_is_visible(oid)
  ) as found, current_setting('server_version_num')::integer as server`.execute(database);
  refuseOldServer(asked.rows[0]?.server ?? 0);
  if (asked.rows[0]?.found !== true) return 0;
  const { rows } = await sql<{ version: number }>`select version from endwell_schema`.execute(database);
  const version = rows[0]?.version ?? 0;
  if (version > newest)
    throw new StoreVersion(
      `opening the database: its schema has version ${version}, and this Endwell knows versions up to ${newest}`,
      'Use the Endwell that wrote it, or a newer one; nothing was changed',
    );
  return version;
}

/** Refuses a PostgreSQL below 14, by its `server_version_num`. */
export function refuseOldServer(server: number): void {
  if (server >= OLDEST_SERVER) return;
  throw new StoreVersion(
    `opening the database: it is PostgreSQL ${Math.floor(server / 10_000)}, and Endwell needs 14 or newer`,
    'Upgrade it, or point the database URL to another one; nothing was changed',
  );
}

async function createVersionTable(transaction: Database['sql']): Promise<void> {
  await sql`create table if not exists endwell_schema (version integer not null)`.execute(transaction);
  await sql`insert into endwell_schema (version) select 0 where not exists (select from endwell_schema)`.execute(
    transaction,
  );
}
