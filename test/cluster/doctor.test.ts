import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allCrds } from '../../src/crd/allCrds.ts';
import { pods } from '../../src/kube/resources.ts';
import { kubectl, useAccounts } from '../support/account.ts';
import { eventually } from '../support/eventually.ts';
import { createRun, endedRun, endwell, shell, useProduct } from '../support/product.ts';

const product = useProduct();
const accounts = useAccounts();

const CRD = 'runs.endwell.dev';
const OURS = 'endwell-system';
const ROLLED_OUT = ['rollout', 'status', '-n', OURS, 'deployment/endwell-operator', '--timeout=120s'];

let folder = '';
let namespace = '';
let token = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'endwell-doctor-'));
  namespace = await product().namespace();
  await accounts().account(namespace, 'doctor', { edits: true, connects: true });
  token = (await kubectl('create', 'token', '-n', namespace, 'doctor')).trim();
});

/** What comes after this file finds Endwell whole. */
afterAll(async () => {
  await installCrds();
  await kubectl(...ROLLED_OUT);
  await rm(folder, { recursive: true, force: true });
});

async function installCrds(): Promise<void> {
  const file = join(folder, 'crds.yaml');
  await writeFile(file, (await endwell(['crds'])).stdout);
  await kubectl('apply', '--server-side', '-f', file);
}

/** Asks as the cluster's administrator who reaches the server with an account's token. */
async function doctor(): Promise<{ code: number; lines: string[] }> {
  const args = ['doctor', '--namespace', namespace, '--kubeconfig', product().kubeconfig];
  const { code, stdout } = await endwell(args, { ...process.env, ENDWELL_TOKEN: token }).then(
    (done) => ({ code: 0, ...done }),
    (error: { code: number; stdout: string }) => error,
  );
  return { code, lines: stdout.trim().split('\n') };
}

/** What /readyz of each of our pods says. */
async function readiness(): Promise<string[]> {
  const { client } = product();
  const { items } = await client.list(pods, { namespace: OURS });
  return Promise.all(
    items.map(({ metadata }) =>
      client
        .raw<unknown>('GET', `/api/v1/namespaces/${OURS}/pods/${metadata?.name}:8081/proxy/readyz`)
        .then(String, (error: Error) => error.message),
    ),
  );
}

describe('doctor', () => {
  it('finds nothing wrong with an installed Endwell, one line a check', async () => {
    const { code, lines } = await doctor();
    for (const line of lines) expect(line).toMatch(/^ok /);
    expect(lines.map((line) => /^ok +(\S+)/.exec(line)?.[1])).toEqual([
      'cluster:',
      ...allCrds().map(() => 'CRD'),
      ...['runs', 'schedules', 'OMJobs', 'pipelines'].map(() => 'rights'),
      'operator:',
      'rights',
      'server:',
      'history:',
    ]);
    expect(code).toBe(0);
  });

  it('says which right is missing', async () => {
    const nobody = await accounts().account(namespace, 'nobody', { edits: false, connects: true });
    const ended = endwell(['doctor', '-n', namespace, '--kubeconfig', nobody.kubeconfig]);
    await expect(ended).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^FAIL +rights in namespace \S+: missing: create runs, .*create pods/m),
    });
  });
});

describe('while the CRD is missing', () => {
  it('doctor names it and the command that installs it', async () => {
    await kubectl('delete', 'crd', CRD);
    const { code, lines } = await doctor();
    expect(lines).toContain(
      `FAIL  CRD ${CRD}: is not installed; fix: endwell crds | kubectl apply --server-side -f -`,
    );
    expect(code).toBe(1);
  });

  it('every operator and every server says so in /readyz', async () => {
    await eventually(
      async () => (await readiness()).every((said) => /endwell crds \| kubectl apply/.test(said)),
      'every pod of ours to say that the CRD is missing',
    );
  });

  it('and once it is installed they go on by themselves', async () => {
    await installCrds();
    const { client } = product();
    const create = () => createRun(client, namespace, 'r', { main: shell('true') }).catch(() => undefined);
    await eventually(create, 'the API server to take runs again');
    const { status } = await endedRun(client, namespace, 'r');
    expect(status?.phase).toBe('Succeeded');
    await eventually(async () => (await doctor()).code === 0, 'doctor to find nothing wrong');
  });
});
