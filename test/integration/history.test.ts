import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runs } from '../../src/actions/resources.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { clientOf } from '../support/cluster.ts';
import { ROOT } from '../support/documents.ts';
import { eventually } from '../support/eventually.ts';
import { createRun, endedRun, endwell, shell } from '../support/product.ts';
import { askUp } from '../support/upApi.ts';

/** The first database of a folder takes six seconds to make on an idle machine, and a minute on a busy one: a safety net, never a measure. */
const PATIENCE_MS = 240_000;
const folder = mkdtempSync(join(tmpdir(), 'endwell-history-'));
const data = join(folder, 'data');
const children: ChildProcess[] = [];

afterAll(async () => {
  await endwell(['down', '--data', data]).catch(() => undefined);
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** `endwell up` in the foreground, ready; the whole process can be killed. */
async function up(): Promise<{ child: ChildProcess; client: KubeClient }> {
  const child = spawn(process.execPath, [
    join(ROOT, 'dist', 'endwell.js'),
    'up',
    '--data',
    data,
    '--port',
    '0',
  ]);
  children.push(child);
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  await eventually(
    () => /ready/i.test(output),
    () => `up to be ready; it said ${output}`,
  );
  return { child, client: await clientOf(join(data, 'kubeconfig')) };
}

/** What `endwell run <words>` prints, once it does not fail; undefined while it does. */
async function said(...words: string[]): Promise<string | undefined> {
  const answer = await endwell(['run', ...words, '--data', data]).catch(() => undefined);
  return answer?.stdout;
}

interface Evidence {
  readonly source: string;
  readonly states: readonly { readonly revision: number }[];
  readonly pods: readonly {
    readonly podName: string;
    readonly final: boolean;
    readonly logs: readonly { readonly tail: string; readonly whole: boolean }[];
  }[];
}

/** Evidence of a run as the command line prints it, once it is whole: that of both pods, and from the history. */
async function storedEvidence(name: string): Promise<Evidence> {
  let last: string | undefined;
  await eventually(
    async () => {
      last = await askUp(data, `/runs/${name}/evidence?namespace=default`);
      const evidence = JSON.parse(last ?? '{"pods":[]}') as Evidence;
      const isWhole = evidence.pods.length === 2 && evidence.pods.every(({ final }) => final);
      return isWhole && evidence.source === 'history';
    },
    () => `the evidence of ${name} in the history; it is ${last}`,
    PATIENCE_MS,
  );
  return JSON.parse((await said('evidence', name, '-o', 'json')) ?? '') as Evidence;
}

async function gone(client: KubeClient, name: string): Promise<void> {
  await eventually(
    async () =>
      !(await client.list(runs, { namespace: 'default' })).items.some(
        ({ metadata }) => metadata.name === name,
      ),
    `run ${name} to be gone`,
  );
}

describe('history of endwell up', () => {
  it('tells of a run that its TTL has removed: state, log of main and handler, evidence, list', {
    timeout: PATIENCE_MS + 60_000,
  }, async () => {
    const { child, client } = await up();
    await createRun(client, 'default', 'short', {
      main: shell('echo working; echo done; exit 3'),
      exitHandler: shell('echo cleaned up'),
      ttlSeconds: { succeeded: 0, failed: 0 },
    });
    await gone(client, 'short');
    const evidence = await storedEvidence('short');
    expect(evidence.pods.map(({ podName, logs }) => [podName, logs[0]?.tail])).toEqual([
      ['short-m1', 'working\ndone\n'],
      ['short-x1', 'cleaned up\n'],
    ]);
    expect(await said('logs', 'short')).toBe('working\ndone\n');
    expect(await said('logs', 'short', '--stage', 'exit')).toBe('cleaned up\n');
    const explained = await said('explain', 'short');
    expect(explained).toMatch(/ExitCode[\s\S]*told from the history/);
    expect(explained).not.toContain('waits');
    const listed = await said('list', '--history');
    expect(listed).toMatch(/short +Failed +ExitCode .*history/);
    expect(await said('list', '-o', 'name')).toBe('');
    await client.close();
    child.kill('SIGTERM');
    await once(child, 'exit');
  });

  it('keeps whole and followed logs, each byte once, over a kill of the whole process', {
    timeout: PATIENCE_MS + 60_000,
  }, async () => {
    const first = await up();
    const script = 'for i in 1 2 3 4 5 6 7 8; do echo "line $i"; sleep 0.5; done';
    await createRun(first.client, 'default', 'followed', {
      main: shell(script),
      exitHandler: shell('seq 1 20000'),
      logs: 'Follow',
      ttlSeconds: { succeeded: 0, failed: 0 },
    });
    await eventually(
      async () => (await askUp(data, '/runs/followed/logs?namespace=default'))?.includes('line 3'),
      'main to have written three lines',
    );
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    await first.client.close();
    const second = await up();
    await gone(second.client, 'followed');
    const evidence = await storedEvidence('followed');
    expect(evidence.pods.map(({ logs }) => logs[0]?.whole)).toEqual([true, true]);
    expect(new Set(evidence.states.map(({ revision }) => revision)).size).toBe(evidence.states.length);
    const lines = Array.from({ length: 8 }, (_, index) => `line ${index + 1}\n`).join('');
    expect(await said('logs', 'followed')).toBe(lines);
    const numbers = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join('');
    expect(await said('logs', 'followed', '--stage', 'exit')).toBe(numbers);
    expect(await said('logs', 'followed', '--stage', 'exit', '--tail', '2')).toBe('19999\n20000\n');
    await second.client.close();
    second.child.kill('SIGTERM');
    await once(second.child, 'exit');
  });
});

describe('endwell operator with a database that refuses connections', () => {
  it('leads and stays ready, says what is wrong, and shows no password', {
    timeout: PATIENCE_MS + 60_000,
  }, async () => {
    const { child, client } = await up();
    await createRun(client, 'default', 'later', { main: shell('true') });
    await endedRun(client, 'default', 'later');
    // With a lease of its own beside that of `up`: the only run has ended, so that there is nothing to disagree on.
    const flags = {
      kubeconfig: join(data, 'kubeconfig'),
      'operator-namespace': 'other',
      'health-host': '127.0.0.1',
      'health-port': '0',
      'lease-seconds': '3',
      'database-url': 'postgres://ada:s3cret@127.0.0.1:1/endwell',
    };
    const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
    const operator = spawn(process.execPath, [join(ROOT, 'dist', 'endwell.js'), 'operator', ...words]);
    children.push(operator);
    let log = '';
    operator.stderr.on('data', (chunk) => (log += chunk));
    operator.stdout.on('data', (chunk) => (log += chunk));
    const url = await eventually(() => /"health":"([^"]+)"/.exec(log)?.[1], 'the operator to listen');
    const ready = await eventually(
      async () => {
        const answer = await fetch(`${url}/readyz`);
        const text = await answer.text();
        return text.includes('warning') && `${answer.status} ${text}`;
      },
      () => `a warning; it said ${log}`,
    );
    expect(ready).toMatch(/^200 ok \(leader\)\nwarning: history is not being written: .*127\.0\.0\.1:1/);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/endwell_history_failures_total [1-9]/);
    expect(log).not.toContain('s3cret');
    operator.kill('SIGTERM');
    await once(operator, 'exit');
    await client.close();
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
});
