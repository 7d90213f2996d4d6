import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { openHistory } from '../openHistory.ts';
import { BUILT_DATABASE } from '../testing/builtDatabase.ts';
import { aStoredRun, uidOf, withStatus } from '../testing/storedRuns.ts';
import type { Database } from './database.ts';
import { openEmbedded } from './embedded.ts';
import { sqlHistory } from './sqlHistory.ts';

/** To begin a database takes seconds on an idle machine, and a minute on a busy one: a safety net, never a measure. */
const PATIENCE_MS = 240_000;
const folder = mkdtempSync(join(tmpdir(), 'endwell-pglite-'));
const place = { kind: 'embedded', folder } as const;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('openEmbedded', { timeout: PATIENCE_MS }, () => {
  it('gives up an engine whose files fail it, and opens them again with all that was stored', async () => {
    const opened: Database[] = [];
    const history = sqlHistory(async (signal) => {
      opened.push(await openEmbedded(folder, signal, BUILT_DATABASE));
      return opened.at(-1) as Database;
    });
    const run = withStatus(aStoredRun(), 1);
    await history.record([{ run, at: 5 }]);
    // What the engine answers when a file of its own is not there.
    const end = sql`select pg_read_file('/nowhere')`.execute(opened[0]?.sql as Database['sql']);
    await expect(end).rejects.toMatchObject({ code: '58P01' });
    expect(opened[0]?.isLost()).toBe(true);
    const answers = await Promise.all([history.get(uidOf(run)), history.get(uidOf(run))]);
    expect(answers.map((stored) => stored?.run.status)).toEqual([run.status, run.status]);
    expect(opened).toHaveLength(2);
    await history.close();
  });

  it('begins anew, in the same process, when its folder was removed', async () => {
    const history = sqlHistory((signal) => openEmbedded(folder, signal, BUILT_DATABASE));
    const [before, after] = [withStatus(aStoredRun(), 1), withStatus(aStoredRun(), 1)];
    await history.record([{ run: before, at: 5 }]);
    rmSync(folder, { recursive: true });
    await expect(history.record([{ run: after, at: 5 }])).rejects.toThrow(
      /its files were removed. A new one is begun/,
    );
    await history.record([{ run: after, at: 5 }]);
    expect(await history.revisions([before, after].map(uidOf))).toEqual(new Map([[uidOf(after), 1]]));
    await history.close();
  });

  it('says what to do about files that are damaged, and neither ends nor waits', async () => {
    writeFileSync(join(folder, 'pgdata', 'global', 'pg_control'), 'nothing of it');
    const history = openHistory(place);
    await expect(history.ready()).rejects.toMatchObject({
      name: 'StoreUnavailable',
      advice: expect.stringContaining('move that folder away'),
    });
    await history.close();
  });

  it('is closed at once while a database is being made, and leaves nothing half made', async () => {
    const other = mkdtempSync(join(tmpdir(), 'endwell-pglite-'));
    const history = openHistory({ kind: 'embedded', folder: other });
    const ready = history.ready();
    const refused = expect(ready).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await vi.waitUntil(() => readdirSync(other).some((name) => name.startsWith('pgdata')), 60_000);
    await history.close();
    await refused;
    expect(readdirSync(other)).toEqual([]);
    rmSync(other, { recursive: true, force: true });
  });
});
