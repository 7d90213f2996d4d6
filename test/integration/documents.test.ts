import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { npmScripts, ROOT, shellBlocks } from '../support/documents.ts';

/** npm's own scripts are run by CI one by one; here it is enough that they exist. */
const NPM = /^npm (?:run )?([a-z:]+)/;

/** A drill takes a minute on a machine that has nothing else to do: far more is a hang. */
const HANG_MS = 300_000;

describe.each([
  'README.md',
  'CONTRIBUTING.md',
  'docs/guide/drill.md',
  'docs/guide/schedules.md',
  'examples/commits/README.md',
])('the commands of %s', (document) => {
  const blocks = shellBlocks(document);

  it('name npm scripts that exist', () => {
    const named = blocks.flat().flatMap((line) => NPM.exec(line)?.[1] ?? []);
    expect(npmScripts()).toEqual(expect.arrayContaining(named));
  });

  it.each(blocks.map((lines) => lines.filter((line) => !NPM.test(line))).filter((lines) => lines.length > 0))(
    'work as they stand: %s',
    { timeout: HANG_MS },
    (...lines) => {
      const folder = mkdtempSync(join(tmpdir(), 'endwell-readme-'));
      for (const name of ['dist', 'examples', '.git']) symlinkSync(join(ROOT, name), join(folder, name));
      try {
        // The reader's own Endwell may have the default port.
        const env = { ...process.env, ENDWELL_PORT: '0' };
        const script = lines.join('\n');
        const { status, stdout, stderr } = spawnSync('/bin/sh', ['-ec', script], {
          cwd: folder,
          env,
          encoding: 'utf8',
        });
        expect({ status, stdout, stderr }).toEqual({
          status: 0,
          stdout: expect.stringMatching(/\S/),
          stderr,
        });
      } finally {
        execFileSync(process.execPath, [join(ROOT, 'dist', 'endwell.js'), 'down'], { cwd: folder });
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
