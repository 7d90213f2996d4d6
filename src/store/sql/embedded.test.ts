import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHistory } from '../openHistory.ts';
import { BUILT_DATABASE } from '../testing/builtDatabase.ts';
import { describeHistory } from '../testing/historyPromises.ts';
import { aStoredRun, uidOf, withStatus } from '../testing/storedRuns.ts';
import type { Database } from './database.ts';
import { openEmbedded } from './embedded.ts';
import { sqlHistory } from './sqlHistory.ts';

const folder = mkdtempSync(join(tmpdir(), 'endwell-pglite-'));
const place = { kind: 'embedded', folder } as const;
let database: Database;

beforeAll(async () => {
  database = await openEmbedded(folder, new AbortController().signal, BUILT_DATABASE);
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describeHistory('sqlHistory on the embedded database', async () => {
  const history = sqlHistory(async () => database);
  await history.ready();
  for (const table of ['runs', 'statuses', 'pods', 'outbox'])
    await sql`delete from ${sql.ref(`endwell_${table}`)}`.execute(database.sql);
  return history;
});

describe('openEmbedded', () => {
  it('lets this thread go on while the database works', async () => {
    let turns = 0;
    let isDone = false;
    const turn = () => {
      turns += 1;
      if (!isDone) setImmediate(turn);
    };
    turn();
    await sql`select count(*) from generate_series(1, 300000)`.execute(database.sql);
    isDone = true;
    // In this thread it would be the few turns of the messages to and fro.
    expect(turns).toBeGreaterThan(50);
  });

  it.each([
    ['a time that is none', { after: { createdAt: Number.NaN, uid: 'x' } }],
    ['a time in no calendar', { since: 1e300 }],
    ['a zero byte', { subject: { kind: 'connection', id: 'a\u0000b' } }],
  ])('refuses a question with %s, and is none the worse for it', async (_, query) => {
    const history = sqlHistory(async () => database);
    await expect(history.list({ limit: 5, ...query })).rejects.toMatchObject({ name: 'StoreRefused' });
    expect([database.isLost(), history.problem()]).toEqual([false, undefined]);
  });

  it('keeps what was written, refuses a second process, and takes 16 MB of shared memory', async () => {
    const shared = await sql<{ shared_buffers: string }>`show shared_buffers`.execute(database.sql);
    expect(shared.rows).toEqual([{ shared_buffers: '16MB' }]);
    await database.close();
    const first = openHistory(place);
    const run = withStatus(aStoredRun(), 1);
    await first.record([{ run, at: 5 }]);
    const second = openHistory(place);
    await expect(second.ready()).rejects.toMatchObject({ name: 'StoreDenied' });
    expect(second.problem()?.message).toMatch(/process \d+ has it open/);
    await first.close();
    await second.ready();
    expect((await second.get(uidOf(run)))?.run.status).toEqual(run.status);
    expect(second.problem()).toBeUndefined();
    await second.close();
    await expect(second.get('x')).rejects.toMatchObject({ name: 'StoreUnavailable' });
  }, 120_000);
});
