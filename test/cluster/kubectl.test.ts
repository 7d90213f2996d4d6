import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openKubelite } from '../support/kubelite.ts';
import { kubectlCommand } from '../support/testcluster.ts';

interface Step {
  run: string;
  input?: string;
  expect?: string;
  refused?: string;
  until?: string;
}

const steps = parse(await readFile(new URL('kubectl.yaml', import.meta.url), 'utf8')) as Step[];

describe.each(['kubelite', 'real'] as const)('kubectl on %s', (kind) => {
  const namespace = `kubectl-${process.pid}`;
  let folder = '';
  let kubeconfig = '';
  let stop: () => Promise<void> = async () => {};

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'endwell-kubectl-'));
    kubeconfig = String(process.env['KUBECONFIG']);
    if (kind === 'kubelite') ({ kubeconfig, stop } = await listeningKubelite(folder));
    await kubectl({
      run: `create -f -`,
      input: `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"${namespace}"}}`,
    });
    await kubectl({ run: 'wait --for=create serviceaccount/default --timeout=60s' });
  });

  afterAll(async () => {
    await kubectl({ run: `delete namespace ${namespace} --wait=false` });
    await stop();
    await rm(folder, { recursive: true, force: true });
  });

  for (const [index, step] of steps.entries())
    it(`${index + 1}: ${step.run}`, async () => {
      const { code, stdout, stderr } = await kubectl(step);
      if (step.refused !== undefined) {
        expect(stderr).toMatch(regExp(step.refused));
        expect(code).not.toBe(0);
        return;
      }
      expect(stdout, stderr).toMatch(regExp(step.until ?? step.expect ?? ''));
      if (step.until === undefined) expect(code, stderr).toBe(0);
    });

  function kubectl(step: Step): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const [program, ...first] = kubectlCommand();
    const args = [...first, '--kubeconfig', kubeconfig, '--namespace', namespace, ...step.run.split(' ')];
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk) => {
        stdout += chunk;
        if (step.until !== undefined && regExp(step.until).test(stdout)) child.kill();
      });
      child.stderr.on('data', (chunk) => (stderr += chunk));
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stdout, stderr }));
      child.stdin.end(step.input ?? '');
    });
  }
});

/** `(?s)` in front lets a dot match line ends, as in other dialects. */
function regExp(text: string): RegExp {
  return text.startsWith('(?s)') ? new RegExp(text.slice(4), 's') : new RegExp(text);
}

async function listeningKubelite(folder: string) {
  const kubelite = await openKubelite({ dataDir: join(folder, 'data'), kubelet: 'process' });
  await kubelite.listen(0);
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, kubelite.kubeconfig(), { mode: 0o600 });
  return { kubeconfig, stop: () => kubelite.stop() };
}
