import { sql } from 'kysely';
import type { Stage } from '../../core/run/run.ts';
import type { ContainerLog, ExpiredRun, PodEvidence } from '../types.ts';
import type { Database } from './database.ts';
import { pack, unpack } from './packed.ts';

type Sql = Database['sql'];

/** `HistoryStore.putEvidence`. */
export async function putPodEvidence(database: Sql, evidence: PodEvidence): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    await putPod(transaction, evidence);
    if (evidence.logs.length > 0) await putLogs(transaction, evidence);
  });
}

async function putPod(transaction: Sql, evidence: PodEvidence): Promise<void> {
  const values = {
    pod_uid: evidence.podUID,
    run_uid: evidence.runUID,
    namespace: evidence.namespace,
    pod_name: evidence.podName,
    stage: evidence.stage,
    attempt: evidence.attempt,
    captured_at: new Date(evidence.at),
    final: evidence.final,
    object: pack(evidence.object),
  };
  await transaction
    .insertInto('endwell_pods')
    .values(values)
    .onConflict((conflict) =>
      conflict.column('pod_uid').doUpdateSet((row) => ({
        captured_at: row.ref('excluded.captured_at'),
        final: sql<boolean>`endwell_pods.final or excluded.final`,
        object: row.ref('excluded.object'),
      })),
    )
    .execute();
}

async function putLogs(transaction: Sql, { podUID, logs }: PodEvidence): Promise<void> {
  const values = logs.map(({ container, previous, tail, size, missing, whole }) => ({
    pod_uid: podUID,
    container,
    previous,
    tail,
    size: size ?? null,
    missing: missing ?? null,
    whole,
  }));
  await transaction
    .insertInto('endwell_pod_logs')
    .values(values)
    .onConflict((conflict) =>
      conflict
        .columns(['pod_uid', 'container', 'previous'])
        .doUpdateSet((row) => ({
          tail: row.ref('excluded.tail'),
          size: row.ref('excluded.size'),
          missing: row.ref('excluded.missing'),
          whole: sql<boolean>`endwell_pod_logs.whole or excluded.whole`,
        }))
        .where(sql<boolean>`excluded.missing is null or endwell_pod_logs.missing is not null`),
    )
    .execute();
}

/** `HistoryStore.evidenceOf`. */
export async function evidenceOfRun(database: Sql, runUID: string): Promise<PodEvidence[]> {
  const pods = await database
    .selectFrom('endwell_pods')
    .selectAll()
    .where('run_uid', '=', runUID)
    .orderBy(sql`stage = 'exit'`)
    .orderBy('attempt')
    .orderBy('pod_uid')
    .execute();
  const logs = await logsOf(
    database,
    pods.map((pod) => pod.pod_uid),
  );
  return pods.map((pod) => ({
    runUID: pod.run_uid,
    namespace: pod.namespace,
    podUID: pod.pod_uid,
    podName: pod.pod_name,
    stage: pod.stage as Stage,
    attempt: pod.attempt,
    at: pod.captured_at.getTime(),
    final: pod.final,
    object: unpack(pod.object),
    logs: logs.get(pod.pod_uid) ?? [],
  }));
}

async function logsOf(database: Sql, podUIDs: readonly string[]): Promise<Map<string, ContainerLog[]>> {
  const rows = await database
    .selectFrom('endwell_pod_logs')
    .selectAll()
    .where(isOneOf('pod_uid', podUIDs))
    .orderBy('container')
    .orderBy('previous')
    .execute();
  const logs = new Map<string, ContainerLog[]>();
  for (const { pod_uid, container, previous, tail, size, missing, whole } of rows) {
    const log = { container, previous, tail: Uint8Array.from(tail), whole };
    const ofPod = logs.get(pod_uid) ?? [];
    logs.set(pod_uid, [...ofPod, { ...log, size: size ?? undefined, missing: missing ?? undefined }]);
  }
  return logs;
}

/** `HistoryStore.storedEvidence`. */
export async function finalEvidence(database: Sql, podUIDs: readonly string[]): Promise<Set<string>> {
  const rows = await database
    .selectFrom('endwell_pods')
    .select('pod_uid')
    .where('final', '=', true)
    .where(isOneOf('pod_uid', podUIDs))
    .execute();
  return new Set(rows.map((row) => row.pod_uid));
}

/** `HistoryStore.expired`. */
export async function expiredRuns(
  database: Sql,
  { before, limit }: { before: number; limit: number },
): Promise<ExpiredRun[]> {
  const over = await database
    .selectFrom('endwell_runs')
    .select(['uid', 'namespace'])
    .where('deleted_at', 'is not', null)
    .where(sql<boolean>`coalesce(finished_at, deleted_at) < ${new Date(before)}`)
    .orderBy(sql`coalesce(finished_at, deleted_at)`)
    .limit(limit)
    .execute();
  return over.length === limit
    ? over
    : [...over, ...(await unknownRuns(database, { before, limit: limit - over.length }))];
}

/** The two indexes of run UIDs are compared first; of what differs, which is little, the pods are read. */
async function unknownRuns(
  database: Sql,
  { before, limit }: { before: number; limit: number },
): Promise<ExpiredRun[]> {
  const { rows } = await sql<ExpiredRun>`
    with unknown as materialized (
      select distinct run_uid from endwell_pods
      where not exists (select from endwell_runs where uid = endwell_pods.run_uid)
    )
    select run_uid as uid, namespace from unknown join endwell_pods using (run_uid)
    group by run_uid, namespace having max(captured_at) < ${new Date(before)} limit ${limit}`.execute(
    database,
  );
  return rows;
}

/** `HistoryStore.forget`. */
export async function forgetRuns(database: Sql, uids: readonly string[]): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('endwell_pods').where(isOneOf('run_uid', uids)).execute();
    await transaction.deleteFrom('endwell_statuses').where(isOneOf('run_uid', uids)).execute();
    await transaction.deleteFrom('endwell_runs').where(isOneOf('uid', uids)).execute();
  });
}

function isOneOf(column: string, values: readonly string[]) {
  return sql<boolean>`${sql.ref(column)} = any(${[...values]}::text[])`;
}
