import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRun, endedRun, endwell, useProduct } from '../support/product.ts';

const commits = join(import.meta.dirname, '..', '..', 'examples', 'commits');
const product = useProduct();
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'endwell-faker-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The configured catalog of the two streams whose sizes the configuration fixes. */
function configuredCatalog(config: string) {
  const output = execFileSync('source-faker', ['discover', '--config', config], { encoding: 'utf8' });
  const messages = output.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  const streams = messages.find((message) => message.type === 'CATALOG').catalog.streams;
  return {
    streams: streams
      .filter((stream: { name: string }) => ['users', 'products'].includes(stream.name))
      .map((stream: object) => ({ stream, sync_mode: 'full_refresh', destination_sync_mode: 'overwrite' })),
  };
}

async function linesOf(stream: string): Promise<number> {
  const files = await readdir(join(folder, 'out', stream), { recursive: true });
  const parts = files.filter((name) => name.endsWith('.jsonl'));
  const texts = await Promise.all(parts.map((name) => readFile(join(folder, 'out', stream, name), 'utf8')));
  return texts.join('').trimEnd().split('\n').length;
}

describe('a run of a connector that nobody here wrote (source-faker)', () => {
  it('brings every record to the destination, and is handled and explained', async () => {
    const config = join(folder, 'config.json');
    const catalog = join(folder, 'catalog.json');
    await writeFile(config, JSON.stringify({ count: 250, seed: 7, parallelism: 1 }));
    await writeFile(catalog, JSON.stringify(configuredCatalog(config)));
    const namespace = await product().namespace();
    const image = 'airbyte/source-faker';
    const source = ['source-faker', 'read', '--config', config, '--catalog', catalog];
    const destination = [
      process.execPath,
      join(commits, 'destination-jsonl.mjs'),
      'write',
      '--folder',
      join(folder, 'out'),
    ];
    const command = [process.execPath, join(commits, 'sync.mjs'), ...source, '--', ...destination];
    await createRun(product().client, namespace, 'faker', {
      profile: 'sync',
      subject: { kind: 'connection', id: 'faker' },
      main: {
        spec: {
          containers: [
            { name: 'main', image, command, env: [{ name: 'PATH', value: process.env['PATH'] ?? '' }] },
          ],
        },
      },
      exitHandler: { spec: { containers: [{ name: 'main', image, command: ['/bin/sh', '-c', 'exit 0'] }] } },
    });
    const run = await endedRun(product().client, namespace, 'faker');
    expect(run.status, run.status?.attempts[0]?.logTail).toMatchObject({
      phase: 'Succeeded',
      main: { reason: 'Completed', exitCode: 0 },
      exit: { receipt: { exitCode: 0 } },
    });
    const { stdout } = await endwell([
      'run',
      'logs',
      'faker',
      '-n',
      namespace,
      '--data',
      product().data ?? '',
    ]);
    expect(stdout).toMatch(/records read 350, written 350/);
    expect([await linesOf('users'), await linesOf('products')]).toEqual([250, 100]);
  });
});
