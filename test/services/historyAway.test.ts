import { afterEach, describe, expect, it } from 'vitest';
import { isTrue } from '../../src/core/run/conditions.ts';
import type { RecordStores } from '../../src/operator/recorder/startRecorder.ts';
import type { Operator } from '../../src/operator/startOperator.ts';
import { openHistory } from '../../src/store/openHistory.ts';
import type { HistoryStore } from '../../src/store/types.ts';
import { createOperatorMetrics } from '../../src/telemetry/metrics.ts';
import { onePod, startWorld, type World } from '../integration/operator/world.ts';
import { forThisFile } from '../support/forThisFile.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';

const server = forThisFile<Postgres>(startPostgres);
const SPEC = { main: onePod, exitHandler: onePod, keepPodSeconds: { succeeded: 0, failed: 0 } };
/** What PostgreSQL says when its disk is full. */
const FILL_DISK = `
  create function full_disk() returns trigger language plpgsql as
    $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
  create trigger full_disk before insert on endwell_runs execute function full_disk()`;

let world: World;
let history: HistoryStore;
afterEach(async () => {
  await world.stop();
  await history.close();
});

/** An operator whose history is a database of its own, which exists. */
async function begin(database: string, user?: string) {
  await server().run(`create database ${database}`);
  world = await startWorld();
  const url = server().url(database);
  history = openHistory({ kind: 'postgres', url: user ? url.replace(/\/\/.*@/, `//${user}@`) : url });
  const metrics = createOperatorMetrics();
  const stores: RecordStores = { history, logs: undefined, days: 30 };
  return { operator: world.operator({ stores, metrics }), metrics };
}

/** The run has ended, handler included, and its pods wait for the database. */
async function untilEvidenceWaits(name: string): Promise<void> {
  await world.ended(name);
  await world.until('evidence waits', async () => isTrue((await world.run(name))?.status, 'EvidenceWaiting'));
}

function warningOf(operator: Operator): Promise<string> {
  return world.until('it is said', async () => operator.ready().warnings[0]);
}

/** Every state of the run and the evidence of both pods are stored, and only then the pods are gone. */
async function untilAllIsStored(name: string): Promise<void> {
  await world.until('the pods are deleted', async () => (await world.podsOf(name)).length === 0);
  const uid = (await world.run(name))?.metadata.uid ?? '';
  const evidence = await history.evidenceOf(uid);
  expect(evidence.map(({ podName, final }) => [podName, final])).toEqual([
    [`${name}-m1`, true],
    [`${name}-x1`, true],
  ]);
  const rows = await world.until('every state is stored', async () => {
    const seen = await history.statusRows(uid);
    return seen.length === (await world.run(name))?.status?.revision && seen;
  });
  expect(rows.map(({ revision }) => revision)).toEqual(rows.map((_, index) => index + 1));
}

describe('an operator whose database is away', () => {
  it('ends runs, says what is wrong and what to do, keeps their pods, and catches up when it is back', async () => {
    const { operator, metrics } = await begin('away');
    await server().stop('SIGQUIT');
    await world.submit('a', SPEC);
    await untilEvidenceWaits('a');
    expect((await world.podsOf('a')).map(({ metadata }) => metadata?.name)).toEqual(['a-m1', 'a-x1']);
    const said = await warningOf(operator);
    expect(said).toMatch(/^history is not being written: .*See that the database runs/);
    expect(operator.ready().ready).toBe(true);
    expect(await metrics.text()).toMatch(/endwell_evidence_waiting [12]/);
    await server().start();
    await untilAllIsStored('a');
    expect(await metrics.text()).toContain('endwell_history_lost_total 0');
  });

  it('does the same while the database is full', async () => {
    const { operator } = await begin('crowded');
    await history.ready();
    await server().run(FILL_DISK, 'crowded');
    await world.submit('b', SPEC);
    await untilEvidenceWaits('b');
    expect(await warningOf(operator)).toMatch(/No space left on device\. Give the database room/);
    await server().run('drop trigger full_disk on endwell_runs', 'crowded');
    await untilAllIsStored('b');
  });

  it('does the same while its password is refused', async () => {
    await server().run("create role keeper superuser login password 'first'");
    const { operator } = await begin('denied', 'keeper:first');
    await history.ready();
    await server().run("alter role keeper password 'second'");
    await server().run("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'keeper'");
    await world.submit('c', SPEC);
    await untilEvidenceWaits('c');
    const said = await warningOf(operator);
    expect(said).toMatch(/password authentication failed.*Check user, password and database/);
    expect(said + world.lines.join('')).not.toContain('first');
    await server().run("alter role keeper password 'first'");
    await untilAllIsStored('c');
  });
});
