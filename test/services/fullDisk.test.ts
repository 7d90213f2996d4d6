import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openHistory } from '../../src/store/openHistory.ts';
import { aStoredRun, uidOf, withStatus } from '../../src/store/testing/storedRuns.ts';
import { forThisFile } from '../support/forThisFile.ts';

/** The first database takes seconds to make on an idle machine, a minute on a busy one: a safety net, never a measure. */
const PATIENCE_MS = 240_000;
/** A new database takes 37 MB. */
const SIZE = '120m';
const PIECE = 1024 * 1024;

/** A disk of its own, which only root can make. */
const disk = forThisFile(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'endwell-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder]);
  const filler = join(folder, 'filler');
  return {
    folder,
    fill() {
      try {
        while (true) writeFileSync(filler, Buffer.alloc(PIECE), { flag: 'a' });
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' });
      }
    },
    free: () => rmSync(filler),
    async close() {
      execFileSync('umount', ['--lazy', folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
});

/** Its pods can't be compressed, so that the database has to grow for it. */
function largeRow() {
  const run = withStatus(aStoredRun(), 1);
  const annotations = { noise: randomBytes(300_000).toString('base64') };
  return { run: { ...run, metadata: { ...run.metadata, annotations } }, at: 5 };
}

describe.skipIf(process.getuid?.() !== 0)(
  'the embedded history on a full disk',
  { timeout: PATIENCE_MS },
  () => {
    it('refuses what it has no room for, answers from what it has, and takes all once there is room', async () => {
      const history = openHistory({ kind: 'embedded', folder: join(disk().folder, 'history') });
      const before = withStatus(aStoredRun(), 1);
      await history.record([{ run: before, at: 5 }]);
      disk().fill();
      const rows = [largeRow(), largeRow(), largeRow()];
      await expect(history.record(rows)).rejects.toMatchObject({ name: 'StoreFull' });
      expect((await history.get(uidOf(before)))?.uid).toBe(uidOf(before));
      expect(history.problem()).toMatchObject({ name: 'StoreFull' });
      disk().free();
      await history.record(rows);
      expect(history.problem()).toBeUndefined();
      expect((await history.revisions(rows.map(({ run }) => uidOf(run)))).size).toBe(3);
      await history.close();
    });

    it('says when it is opened that the disk is full, and harms nothing', async () => {
      const history = openHistory({ kind: 'embedded', folder: join(disk().folder, 'history') });
      disk().fill();
      await expect(history.ready()).rejects.toMatchObject({ name: 'StoreFull' });
      expect(history.problem()?.message).toContain('MiB left. Give it room');
      disk().free();
      await history.record([{ run: withStatus(aStoredRun(), 1), at: 5 }]);
      expect(history.problem()).toBeUndefined();
      await history.close();
    });
  },
);
