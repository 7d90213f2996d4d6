import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runs } from '../../src/actions/resources.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { clientOf } from '../support/cluster.ts';
import { ROOT } from '../support/documents.ts';
import { eventually } from '../support/eventually.ts';
import { createRun, endedRun, endwell, shell } from '../support/product.ts';

const RUNS = 50;
const folder = mkdtempSync(join(tmpdir(), 'endwell-killed-'));
const data = join(folder, 'data');
const names = Array.from({ length: RUNS }, (_, number) => `r-${number}`);
const exitCodeOf = (name: string) => Number(name.slice(2)) % 3;

afterAll(async () => {
  await endwell(['down', '--data', data]).catch(() => undefined);
  rmSync(folder, { recursive: true, force: true });
});

/** `endwell up` in the foreground, ready; the whole process can be killed. */
async function up() {
  const child = spawn(process.execPath, [
    join(ROOT, 'dist', 'endwell.js'),
    'up',
    '--data',
    data,
    '--port',
    '0',
  ]);
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  await eventually(
    () => /ready/i.test(output),
    () => `up to be ready; it said ${output}`,
  );
  return { child, client: await clientOf(join(data, 'kubeconfig')) };
}

/** Each main writes down that it started, works for a while, and ends with a code of its own. */
async function submit(client: KubeClient, name: string): Promise<void> {
  const note = (kind: string) => `echo "$ENDWELL_RUN_ID" >> ${join(folder, kind, name)}`;
  await createRun(client, 'default', name, {
    main: shell(`${note('starts')}; sleep 0.${Number(name.slice(2)) % 10}; exit ${exitCodeOf(name)}`),
    exitHandler: shell(note('exits')),
  });
}

const lines = (kind: string, name: string): number => {
  if (!readdirSync(join(folder, kind)).includes(name)) return 0;
  return readFileSync(join(folder, kind, name), 'utf8')
    .trimEnd()
    .split('\n').length;
};

describe('endwell up, killed with SIGKILL in the middle of 50 runs and started again', () => {
  it('brings all of them to their true end: every main started once, every handler ran', async () => {
    for (const kind of ['starts', 'exits']) mkdirSync(join(folder, kind));
    const first = await up();
    await Promise.all(names.map((name) => submit(first.client, name)));
    await eventually(
      () => readdirSync(join(folder, 'starts')).length >= RUNS / 2,
      'half of the mains to have started',
    );
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    await first.client.close();

    const second = await up();
    const ended = await Promise.all(names.map((name) => endedRun(second.client, 'default', name)));
    for (const run of ended) {
      const name = run.metadata.name ?? '';
      const { main, attempts, exit } = run.status ?? {};
      expect(attempts, name).toHaveLength(1);
      expect(exit?.receipt, name).toMatchObject({ exitCode: 0 });
      expect(lines('exits', name), name).toBeGreaterThan(0);
      expect([main?.exitCode, lines('starts', name)], name).toEqual([exitCodeOf(name), 1]);
    }
    expect((await second.client.list(runs, { namespace: 'default' })).items).toHaveLength(RUNS);
    await second.client.close();
    second.child.kill('SIGTERM');
    await once(second.child, 'exit');
    const left = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    expect(left.split('\n').filter((line) => line.includes(folder))).toEqual([]);
  });
});
