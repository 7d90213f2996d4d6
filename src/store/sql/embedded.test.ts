import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHistory } from '../openHistory.ts';
import { describeHistory } from '../testing/historyPromises.ts';
import { aStoredRun, withStatus } from '../testing/storedRuns.ts';
import type { Database } from './database.ts';
import { openEmbedded } from './embedded.ts';
import { sqlHistory } from './sqlHistory.ts';

const folder = mkdtempSync(join(tmpdir(), 'endwell-pglite-'));
let database: Database;

beforeAll(async () => {
  database = await openEmbedded(folder);
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
  it('keeps what was written, refuses a second process, and takes 16 MB of shared memory', async () => {
    const shared = await sql<{ shared_buffers: string }>`show shared_buffers`.execute(database.sql);
    expect(shared.rows).toEqual([{ shared_buffers: '16MB' }]);
    await database.close();
    const place = { kind: 'embedded', folder } as const;
    const first = openHistory(place);
    const run = withStatus(aStoredRun(), 1);
    await first.record([{ run, at: 5 }]);
    const second = openHistory(place);
    await expect(second.ready()).rejects.toMatchObject({ name: 'StoreDenied' });
    expect(second.problem()?.message).toMatch(/process \d+ has it open/);
    await first.close();
    await second.ready();
    expect((await second.get(run.metadata.uid ?? ''))?.run.status).toEqual(run.status);
    expect(second.problem()).toBeUndefined();
    await second.close();
    await expect(second.get('x')).rejects.toMatchObject({ name: 'StoreUnavailable' });
  }, 120_000);
});
