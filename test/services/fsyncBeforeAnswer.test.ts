import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../support/documents.ts';
import { eventually } from '../support/eventually.ts';

const folder = mkdtempSync(join(tmpdir(), 'endwell-fsync-'));
const data = join(folder, 'data');
const trace = join(folder, 'trace');
/** Names of the objects that are made one after the other. */
const NAMES = ['one', 'two', 'three', 'four', 'five'];

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Creates a ConfigMap and resolves with the status of the answer. */
function create(name: string): Promise<number | undefined> {
  const { clusters, users } = parse(readFileSync(join(data, 'kubeconfig'), 'utf8'));
  const ca = Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64');
  const headers = { authorization: `Bearer ${users[0].user.token}`, 'content-type': 'application/json' };
  const url = new URL('/api/v1/namespaces/default/configmaps', clusters[0].cluster.server);
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { name } });
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', ca, headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    })
      .on('error', reject)
      .end(body);
  });
}

describe('an answered write of kubelite', () => {
  it('was on disk before the answer was sent (system calls, as strace sees them)', async () => {
    const program = [process.execPath, join(ROOT, 'dist', 'endwell.js'), 'up', '--data', data, '--port', '0'];
    const calls = ['-e', 'trace=openat,fdatasync,fsync,close', '-e', 'signal=none'];
    const child = spawn('strace', ['-f', '-ttt', '-y', ...calls, '-o', trace, ...program], {
      detached: true,
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    try {
      await eventually(
        () => /ready/i.test(output),
        () => `up to be ready; it said ${output}`,
      );
      const spans: { sent: number; answered: number }[] = [];
      for (const name of NAMES) {
        const sent = Date.now() / 1000;
        expect(await create(name)).toBe(201);
        spans.push({ sent, answered: Date.now() / 1000 });
      }
      const synced = [
        ...readFileSync(trace, 'utf8').matchAll(/^\d+ +(\d+\.\d+) (?:fdatasync|fsync)\(\d+<([^>]*)>\)/gm),
      ]
        .filter(([, , path]) => path?.startsWith(join(data, 'store')))
        .map(([, time]) => Number(time));
      for (const { sent, answered } of spans)
        expect(synced.filter((time) => time >= sent && time <= answered).length).toBeGreaterThan(0);
    } finally {
      process.kill(-Number(child.pid), 'SIGTERM');
      await once(child, 'exit');
    }
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(`--data ${data}`);
  });
});
