import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support/documents.ts';

const SOURCE = join(ROOT, 'examples', 'commits', 'source-git.mjs');
const CATALOG = join(ROOT, 'examples', 'commits', 'catalog.json');
const repository = mkdtempSync(join(tmpdir(), 'endwell-source-'));
afterAll(() => rmSync(repository, { recursive: true }));

describe('source-git read', () => {
  it('gives a state on its way through a clone of one commit, so that a demo can strike in the middle', async () => {
    const git = ['-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@example.com'];
    execFileSync('git', ['init', '--quiet', repository]);
    execFileSync('git', [...git, 'commit', '--quiet', '--allow-empty', '-m', 'only']);
    const config = join(repository, 'config.json');
    writeFileSync(config, JSON.stringify({ repository, delayMs: 3_600_000, recordsPerState: 1 }));
    const source = spawn(process.execPath, [SOURCE, 'read', '--config', config, '--catalog', CATALOG]);
    const types: unknown[] = [];
    for await (const line of createInterface({ input: source.stdout })) {
      const { type } = JSON.parse(line) as { type: string };
      types.push(type);
      if (type === 'STATE') source.kill('SIGKILL');
    }
    expect(types).toEqual(['RECORD', 'STATE']);
  });
});
