import { sql } from 'kysely';
import type { NewEvent, WaitingEvent } from '../types.ts';
import type { Database } from './database.ts';
import { pack, unpack } from './packed.ts';

type Sql = Database['sql'];

/** Adds events of status revisions that are stored in the same transaction. */
export async function append(
  transaction: Sql,
  events: readonly (NewEvent & { runUID: string; revision: number; at: number })[],
): Promise<void> {
  if (events.length === 0) return;
  const values = events.map(({ id, sink, type, data, runUID, revision, at }) => ({
    event_id: id,
    sink,
    type,
    run_uid: runUID,
    revision,
    at: new Date(at),
    due_at: new Date(at),
    data: pack(data),
  }));
  await transaction
    .insertInto('endwell_outbox')
    .values(values)
    .onConflict((conflict) => conflict.columns(['sink', 'event_id']).doNothing())
    .execute();
}

/** `Outbox.claim`. A row that another process is just taking is passed over, not waited for. */
export async function claimEvents(
  database: Sql,
  { sink, now, leaseMs, limit }: { sink: string; now: number; leaseMs: number; limit: number },
): Promise<WaitingEvent[]> {
  const isFirst = sql<boolean>`not exists (select from endwell_outbox as earlier
    where earlier.sink = waiting.sink and earlier.run_uid = waiting.run_uid
      and (earlier.revision, earlier.id) < (waiting.revision, waiting.id))`;
  const due = database
    .selectFrom('endwell_outbox as waiting')
    .select('waiting.id')
    .where('waiting.sink', '=', sink)
    .where('waiting.due_at', '<=', new Date(now))
    .where(isFirst)
    .orderBy('waiting.id')
    .limit(limit)
    .forUpdate()
    .skipLocked();
  const rows = await database
    .updateTable('endwell_outbox')
    .set((row) => ({ due_at: new Date(now + leaseMs), tries: sql<number>`${row.ref('tries')} + 1` }))
    .where('id', 'in', due)
    .returningAll()
    .returning(sql<string>`id::text`.as('row'))
    .execute();
  return rows.sort((a, b) => Number(a.row) - Number(b.row)).map(waitingEvent);
}

function waitingEvent(row: {
  row: string;
  sink: string;
  event_id: string;
  type: string;
  run_uid: string;
  revision: number;
  at: Date;
  tries: number;
  data: Uint8Array;
}): WaitingEvent {
  return {
    row: row.row,
    id: row.event_id,
    sink: row.sink,
    type: row.type,
    data: unpack(row.data),
    runUID: row.run_uid,
    revision: row.revision,
    at: row.at.getTime(),
    tries: row.tries - 1,
  };
}

/** `Outbox.acknowledge`. */
export async function acknowledgeEvents(database: Sql, rows: readonly string[]): Promise<void> {
  await database.deleteFrom('endwell_outbox').where(isOneOf(rows)).execute();
}

/** `Outbox.postpone`. */
export async function postponeEvents(database: Sql, rows: readonly string[], until: number): Promise<void> {
  await database
    .updateTable('endwell_outbox')
    .set({ due_at: new Date(until) })
    .where(isOneOf(rows))
    .execute();
}

/** `Outbox.waiting`. */
export async function waitingEvents(
  database: Sql,
  sink: string,
): Promise<{ count: number; oldestAt: number | undefined }> {
  const row = await database
    .selectFrom('endwell_outbox')
    .select([sql<number>`count(*)::integer`.as('count'), sql<Date | null>`min(at)`.as('oldest')])
    .where('sink', '=', sink)
    .executeTakeFirstOrThrow();
  return { count: row.count, oldestAt: row.oldest?.getTime() };
}

function isOneOf(rows: readonly string[]) {
  return sql<boolean>`id = any(${[...rows]}::bigint[])`;
}
