import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from './folderLock.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'endwell-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lockFile = () => join(folder, 'endwell.lock');

describe('lockFolder', () => {
  it('refuses while somebody who lives has it, and gives it when it was given back', async () => {
    const unlock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toThrow(`process ${process.pid} has it open`);
    await unlock();
    const again = await lockFolder(folder);
    expect(readdirSync(folder)).toEqual(['endwell.lock']);
    await again();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['of a process that ended', () => `${spawnSync(process.execPath, ['-e', '']).pid} 1`],
    ['whose number another process has now', () => `${process.pid} 1`],
    ['that says nothing', () => ''],
  ])('takes over a file %s', async (_, held) => {
    writeFileSync(lockFile(), held());
    const unlock = await lockFolder(folder);
    expect(readFileSync(lockFile(), 'utf8')).toMatch(new RegExp(`^${process.pid} \\S+$`));
    expect(readdirSync(folder)).toEqual(['endwell.lock']);
    await unlock();
  });

  it('gives it to one of several that come at once', async () => {
    writeFileSync(lockFile(), '1 wrong');
    const answers = await Promise.allSettled(Array.from({ length: 5 }, () => lockFolder(folder)));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});
