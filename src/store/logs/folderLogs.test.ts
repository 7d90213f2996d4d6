import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeLogs } from '../testing/logPromises.ts';
import { folderLogs } from './folderLogs.ts';

const root = mkdtempSync(join(tmpdir(), 'endwell-logs-'));
afterAll(() => {
  chmodSync(root, 0o700);
  rmSync(root, { recursive: true, force: true });
});

const freshFolder = () => mkdtempSync(join(root, 'logs-'));
const KEY = { namespace: 'n', runUID: 'r', podUID: 'p', container: 'main', previous: false };

describeLogs('folderLogs', async () => folderLogs(freshFolder()));

describe('folderLogs', () => {
  it('leaves no half of a log behind, and lets nobody else read one', async () => {
    const folder = freshFolder();
    const logs = folderLogs(folder);
    const broken = async function* () {
      yield new Uint8Array(9);
      throw new Error('broke off');
    };
    await expect(logs.put(KEY, broken())).rejects.toThrow('broke off');
    await logs.append(KEY, 0, new Uint8Array(3));
    expect(readdirSync(join(folder, 'n', 'r', 'p', 'main'))).toEqual(['current.log']);
    expect(statSync(join(folder, 'n', 'r', 'p', 'main', 'current.log')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'n')).mode & 0o777).toBe(0o700);
  });

  it('says what is wrong with a place that is no folder', async () => {
    const file = join(freshFolder(), 'file');
    writeFileSync(file, '');
    await expect(folderLogs(join(file, 'logs')).ready()).rejects.toMatchObject({
      name: 'StoreDenied',
      message: expect.stringMatching(/^preparing the log folder .* Choose a folder/),
    });
  });
});
