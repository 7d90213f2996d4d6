import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { workFolder } from './workFolder.ts';

const cache = mkdtempSync(join(tmpdir(), 'endwell-cache-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

describe('workFolder', () => {
  it('removes what ended processes left behind, and nothing else', async () => {
    const living = await workFolder(cache);
    // The number lives, but as another process than the one that made the folder.
    const foreign = ['jiti', `simulation-${process.pid}-1-abcdef`, 'simulation-999999999-7-abcdef'];
    for (const name of foreign) mkdirSync(join(cache, name, 'inner'), { recursive: true });
    const next = await workFolder(cache);
    expect(readdirSync(cache).sort()).toEqual(['jiti', basename(living), basename(next)].sort());
  });
});
