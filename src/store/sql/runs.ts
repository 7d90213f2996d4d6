import { type RawBuilder, sql } from 'kysely';
import type { Run, RunStatus } from '../../core/run/run.ts';
import { StoreRefused } from '../errors.ts';
import { factsOf, type RunFacts } from '../storedRun.ts';
import type {
  Position,
  PresentRun,
  RunPage,
  RunQuery,
  StatusRow,
  StoredRun,
  StoredStatus,
} from '../types.ts';
import type { Database } from './database.ts';
import { append } from './outbox.ts';
import { pack, unpack } from './packed.ts';

type Sql = Database['sql'];
/** Rows of one statement: PostgreSQL takes 65,535 parameters, and a run has 14. */
const BATCH = 500;
/** End of the year 9999, ms: beyond it times are written in another way. */
const LATEST = 253_402_300_799_999;
const COLUMNS = ['object', 'uid', 'created_at', 'recorded_at', 'deleted_at'] as const;
type Row = { object: Uint8Array; uid: string; created_at: Date; recorded_at: Date; deleted_at: Date | null };

/** `HistoryStore.record`. */
export async function recordRows(database: Sql, rows: readonly StatusRow[]): Promise<void> {
  const recorded = rows.map((row) => ({ row, facts: factsOf(row) }));
  await database.transaction().execute(async (transaction) => {
    for (let start = 0; start < recorded.length; start += BATCH)
      await recordBatch(transaction, recorded.slice(start, start + BATCH));
  });
}

async function recordBatch(transaction: Sql, batch: { row: StatusRow; facts: RunFacts }[]): Promise<void> {
  await upsertRuns(transaction, newestOfEach(batch.map(({ facts }) => facts)));
  await markDeleted(transaction, batch);
  const added = await addStatuses(transaction, batch);
  const events = batch.flatMap(({ row, facts: { uid, revision, at } }) =>
    added.delete(`${uid}/${revision}`)
      ? (row.events ?? []).map((event) => ({ ...event, runUID: uid, revision, at }))
      : [],
  );
  await append(transaction, events);
}

/** In the order of UIDs, so that two writers never wait for each other in a circle. */
function newestOfEach(all: readonly RunFacts[]): RunFacts[] {
  const newest = new Map<string, RunFacts>();
  for (const facts of all) {
    const known = newest.get(facts.uid);
    if (known === undefined || known.revision <= facts.revision) newest.set(facts.uid, facts);
  }
  return [...newest.values()].sort((a, b) => (a.uid < b.uid ? -1 : 1));
}

async function upsertRuns(transaction: Sql, runs: readonly RunFacts[]): Promise<void> {
  await transaction
    .insertInto('endwell_runs')
    .values(runs.map(runRow))
    .onConflict((conflict) =>
      conflict
        .column('uid')
        .doUpdateSet((row) => ({
          phase: row.ref('excluded.phase'),
          queue: row.ref('excluded.queue'),
          revision: row.ref('excluded.revision'),
          recorded_at: row.ref('excluded.recorded_at'),
          finished_at: row.ref('excluded.finished_at'),
          object: row.ref('excluded.object'),
        }))
        .whereRef('excluded.revision', '>=', 'endwell_runs.revision'),
    )
    .execute();
}

function runRow(facts: RunFacts) {
  const { uid, namespace, name, profile, queue, phase, revision, run } = facts;
  return {
    uid,
    namespace,
    name,
    created_at: new Date(facts.createdAt),
    profile,
    queue,
    subject_kind: run.spec.subject?.kind ?? null,
    subject_id: run.spec.subject?.id ?? null,
    phase,
    revision,
    recorded_at: new Date(facts.at),
    finished_at: dateOf(facts.finishedAt),
    deleted_at: null,
    object: pack(run),
  };
}

async function markDeleted(transaction: Sql, batch: readonly { facts: RunFacts }[]): Promise<void> {
  for (const { facts } of batch) {
    if (facts.deletedAt === undefined) continue;
    await transaction
      .updateTable('endwell_runs')
      .set({ deleted_at: new Date(facts.deletedAt) })
      .where('uid', '=', facts.uid)
      .where('deleted_at', 'is', null)
      .execute();
  }
}

/** Which of them were not stored before, as `uid/revision`. */
async function addStatuses(transaction: Sql, batch: readonly { facts: RunFacts }[]): Promise<Set<string>> {
  const values = batch.flatMap(({ facts: { uid, revision, at, run } }) =>
    run.status === undefined
      ? []
      : [{ run_uid: uid, revision, seen_at: new Date(at), status: pack(run.status) }],
  );
  if (values.length === 0) return new Set();
  const added = await transaction
    .insertInto('endwell_statuses')
    .values(values)
    .onConflict((conflict) => conflict.columns(['run_uid', 'revision']).doNothing())
    .returning(['run_uid', 'revision'])
    .execute();
  return new Set(added.map((row) => `${row.run_uid}/${row.revision}`));
}

/** `HistoryStore.list`. Reads one run more than asked for, to know whether there is a next page. */
export async function listRuns(database: Sql, query: RunQuery): Promise<RunPage> {
  const { rows } = await listStatement(query).execute(database);
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  const hasMore = rows.length > page.length && last !== undefined;
  return {
    runs: page.map(storedRun),
    next: hasMore ? { createdAt: last.created_at.getTime(), uid: last.uid } : undefined,
  };
}

/** A page of each namespace, merged: so every namespace is read from its index, however many there are. */
function listStatement(query: RunQuery): RawBuilder<Row> {
  const { namespaces } = query;
  const columns = sql.join(COLUMNS.map((column) => sql.ref(column)));
  const order = sql`order by created_at desc, uid desc limit ${query.limit + 1}`;
  const wanted = conditions(query);
  const page = (where: RawBuilder<unknown>[]) =>
    sql<Row>`select ${columns} from endwell_runs where ${sql.join([sql`true`, ...where], sql` and `)} ${order}`;
  if (namespaces === undefined) return page(wanted);
  const [only] = namespaces;
  if (namespaces.length === 1 && only !== undefined) return page([sql`namespace = ${only}`, ...wanted]);
  const ofEach = page([sql`namespace = asked.namespace`, ...wanted]);
  const asked = sql`unnest(${[...namespaces]}::text[]) as asked (namespace)`;
  return sql<Row>`select ${columns} from ${asked} cross join lateral (${ofEach}) as found ${order}`;
}

function conditions(query: RunQuery): RawBuilder<unknown>[] {
  const { phase, subject, profile, queue, since, until, deleted, after } = query;
  return [
    ...(phase === undefined ? [] : [sql`phase = ${phase}`]),
    ...(subject === undefined ? [] : [sql`subject_kind = ${subject.kind}`, sql`subject_id = ${subject.id}`]),
    ...(profile === undefined ? [] : [sql`profile = ${profile}`]),
    ...(queue === undefined ? [] : [sql`queue = ${queue}`]),
    ...(since === undefined ? [] : [sql`created_at >= ${timeOf(since)}`]),
    ...(until === undefined ? [] : [sql`created_at < ${timeOf(until)}`]),
    ...(deleted === undefined ? [] : [deleted ? sql`deleted_at is not null` : sql`deleted_at is null`]),
    ...(after === undefined ? [] : [afterPosition(after)]),
  ];
}

function afterPosition({ createdAt, uid }: Position): RawBuilder<unknown> {
  return sql`(created_at, uid) < (${timeOf(createdAt)}, ${uid})`;
}

/** A cursor is what its sender wrote: a time that no database holds is refused here, where it harms nothing. */
function timeOf(ms: number): Date {
  if (ms >= 0 && ms <= LATEST) return new Date(ms);
  throw new StoreRefused(`listing runs of history: ${ms} is no time of a run`, 'Leave that time out');
}

/** `HistoryStore.get`. */
export async function getRun(database: Sql, uid: string): Promise<StoredRun | undefined> {
  const row = await database
    .selectFrom('endwell_runs')
    .select(COLUMNS)
    .where('uid', '=', uid)
    .executeTakeFirst();
  return row && storedRun(row);
}

/** `HistoryStore.getByName`. */
export async function getRunByName(
  database: Sql,
  namespace: string,
  name: string,
): Promise<StoredRun | undefined> {
  const row = await database
    .selectFrom('endwell_runs')
    .select(COLUMNS)
    .where('namespace', '=', namespace)
    .where('name', '=', name)
    .orderBy('created_at', 'desc')
    .orderBy('uid', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && storedRun(row);
}

/** `HistoryStore.statusRows`. */
export async function statusesOf(database: Sql, uid: string): Promise<StoredStatus[]> {
  const rows = await database
    .selectFrom('endwell_statuses')
    .selectAll()
    .where('run_uid', '=', uid)
    .orderBy('revision')
    .execute();
  return rows.map((row) => ({
    revision: row.revision,
    at: row.seen_at.getTime(),
    status: unpack(row.status) as RunStatus,
  }));
}

/** `HistoryStore.revisions`. */
export async function revisionsOf(database: Sql, uids: readonly string[]): Promise<Map<string, number>> {
  const rows = await database
    .selectFrom('endwell_runs')
    .select(['uid', 'revision'])
    .where(sql<boolean>`uid = any(${[...uids]}::text[])`)
    .execute();
  return new Map(rows.map(({ uid, revision }) => [uid, revision]));
}

/** `HistoryStore.presentRuns`. */
export async function presentRuns(
  database: Sql,
  { after = '', limit }: { after?: string; limit: number },
): Promise<PresentRun[]> {
  return database
    .selectFrom('endwell_runs')
    .select(['uid', 'namespace', 'name', 'revision'])
    .where('deleted_at', 'is', null)
    .where('uid', '>', after)
    .orderBy('uid')
    .limit(limit)
    .execute();
}

function storedRun(row: Row): StoredRun {
  return {
    run: unpack(row.object) as Run,
    uid: row.uid,
    createdAt: row.created_at.getTime(),
    recordedAt: row.recorded_at.getTime(),
    deletedAt: row.deleted_at?.getTime(),
  };
}

function dateOf(time: number | undefined): Date | null {
  return time === undefined ? null : new Date(time);
}
