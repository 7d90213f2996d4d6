import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDurableStorage } from './durable.ts';
import {
  DataFolderFullError,
  DataFolderInUseError,
  DataFolderTooNewError,
  DataFolderUnusableError,
} from './errors.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubelite-storage-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (key: string, value: string | undefined) => () => [{ key, value }];

describe('openDurableStorage', () => {
  it('finds after a restart what was committed, and no more what was removed', async () => {
    const first = await openDurableStorage(folder);
    await first.commit(write('a', '1'), 1);
    await first.commit(write('b', '2'), 2);
    await first.commit(write('a', undefined), 3);
    await first.close();
    const second = await openDurableStorage(folder);
    expect(await second.load()).toEqual({ resourceVersion: 3, objects: [{ key: 'b', value: '2' }] });
    await second.close();
  });

  it('refuses a folder that is in use, which then still works', async () => {
    const first = await openDurableStorage(folder);
    await expect(openDurableStorage(folder)).rejects.toThrow(DataFolderInUseError);
    await first.commit(write('a', '1'), 1);
    expect((await first.load()).objects).toHaveLength(1);
    await first.close();
  });

  it('refuses the folder of a newer version and changes nothing in it', async () => {
    await (await openDurableStorage(folder)).close();
    await writeFile(join(folder, 'version.json'), '{"dataVersion":99}');
    const before = await contents(folder);
    await expect(openDurableStorage(folder)).rejects.toThrow(DataFolderTooNewError);
    expect(await contents(folder)).toEqual(before);
  });

  it('refuses a full disk before it writes anything', async () => {
    await (await openDurableStorage(folder)).close();
    const before = await contents(folder);
    const full = openDurableStorage(folder, { freeBytes: async () => 4_096 });
    await expect(full).rejects.toThrow(DataFolderFullError);
    expect(await contents(folder)).toEqual(before);
  });

  it('is mended by opening it anew: what is given stands in place of what a failed commit left', async () => {
    let free = 1e12;
    const storage = await openDurableStorage(folder, { freeBytes: async () => free });
    const half = [
      { key: 'a', value: 'half' },
      { key: 'b', value: 'half' },
    ];
    await storage.commit(() => half, 2);
    free = 4_096;
    const state = [
      { key: 'a', value: 'whole' },
      { key: 'b', value: undefined },
    ];
    await expect(storage.mend?.(state, 5)).rejects.toThrow(DataFolderFullError);
    free = 1e12;
    await storage.mend?.(state, 5);
    await storage.commit(() => [{ key: 'c', value: 'new' }], 6);
    const { objects, resourceVersion } = await storage.load();
    expect([objects, resourceVersion]).toEqual([
      [
        { key: 'a', value: 'whole' },
        { key: 'c', value: 'new' },
      ],
      6,
    ]);
    await storage.close();
  });

  it('refuses a damaged folder and names it', async () => {
    await writeFile(join(folder, 'version.json'), 'not JSON');
    await expect(openDurableStorage(folder)).rejects.toThrow(DataFolderUnusableError);
    await rm(join(folder, 'version.json'));
    await mkdir(join(folder, 'objects'));
    await writeFile(join(folder, 'objects', 'CURRENT'), 'MANIFEST-000009\n');
    await expect(openDurableStorage(folder)).rejects.toThrow(folder);
  });

  it('keeps every write that was answered when the process is killed between writes', async () => {
    const script = fileURLToPath(new URL('testing/writeForever.mjs', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const answered: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      answered.push(line);
      if (answered.length === 200) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const storage = await openDurableStorage(folder);
    const { objects, resourceVersion } = await storage.load();
    const kept = new Set(objects.map(({ key }) => key));
    expect(answered.length).toBeGreaterThanOrEqual(200);
    expect(answered.filter((key) => !kept.has(key))).toEqual([]);
    expect(resourceVersion).toBeGreaterThanOrEqual(answered.length);
    await storage.close();
  }, 30_000);
});

async function contents(of: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of await readdir(of, { recursive: true })) {
    const path = join(of, name);
    if ((await stat(path)).isFile()) found[name] = await readFile(path, 'latin1');
  }
  return found;
}
