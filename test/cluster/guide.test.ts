import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SHELL_IMAGE } from '../support/cluster.ts';
import { ROOT, shellBlocks } from '../support/documents.ts';
import { kubectlCommand } from '../support/testcluster.ts';

const folder = mkdtempSync(join(tmpdir(), 'endwell-guide-'));
const blocks = shellBlocks('docs/guide/cluster.md');

/** A folder as the reader of the guide has it, with images that this cluster can have. */
beforeAll(() => {
  for (const name of ['dist', 'deploy', 'examples'])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  replaceIn('deploy/install.yaml', /image: endwell:\S+/g, `image: ${process.env['ENDWELL_IMAGE']}`);
  replaceIn('examples/hello.yaml', /image: busybox:\S+/g, `image: ${SHELL_IMAGE}`);
  mkdirSync(join(folder, 'bin'));
  const kubectl = kubectlCommand()
    .map((word) => `'${word}'`)
    .join(' ');
  writeFileSync(
    join(folder, 'bin', 'kubectl'),
    `#!/bin/sh\nexec ${kubectl} --kubeconfig "$KUBECONFIG" "$@"\n`,
  );
  chmodSync(join(folder, 'bin', 'kubectl'), 0o755);
});

/** The last block removes Endwell; what comes after this file finds it installed again. */
afterAll(() => {
  for (const line of blocks[0] ?? []) shell(line);
  shell('kubectl delete --ignore-not-found rolebinding,serviceaccount jobs');
  rmSync(folder, { recursive: true, force: true });
});

function replaceIn(path: string, pattern: RegExp, text: string): void {
  writeFileSync(join(folder, path), readFileSync(join(folder, path), 'utf8').replaceAll(pattern, text));
}

function shell(line: string): string {
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}` };
  return execFileSync('/bin/sh', ['-ec', line], {
    cwd: folder,
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describe('the commands of docs/guide/cluster.md', () => {
  it('are all here', () => {
    expect(blocks.flat().length).toBeGreaterThan(8);
  });

  const exports: string[] = [];
  it.each(blocks.flat())('%s', (line) => {
    if (line.startsWith('export ')) exports.push(line);
    const output = shell([...exports, line.replace(/busybox:\S+/, SHELL_IMAGE)].join('\n'));
    if (line === 'kubectl get runs') expect(output).toMatch(/hello +Succeeded +Completed/);
    if (line.endsWith('run list')) expect(output).toMatch(/run-\S+ +Succeeded/);
  });
});
