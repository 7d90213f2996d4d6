import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../src/actions/resources.ts';
import { type Account, kubectl, useAccounts } from '../support/account.ts';
import { SHELL_IMAGE } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { endwell, shell, useProduct } from '../support/product.ts';

const product = useProduct();
const accounts = useAccounts();
/** Exit code of a submission that was refused. */
const NOT_ACCEPTED = 3;
const SAFE = { runAsUser: 1000, runAsNonRoot: true };

let folder = '';
let namespace = '';
let user: Account;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'endwell-command-line-'));
  namespace = await product().namespace();
  user = await accounts().account(namespace, 'user', { edits: true, connects: true });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `endwell run …` by a kubeconfig; its end, whatever it is. */
async function run(verb: string, kubeconfig: string, ...args: string[]): Promise<Ended> {
  const all = ['run', verb, '--kubeconfig', kubeconfig, '-n', namespace, ...args];
  return endwell(all, { ...process.env, ENDWELL_TOKEN: '' }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Ended) => error,
  );
}

async function fileOf(name: string, spec: object): Promise<string> {
  const path = join(folder, `${name}.json`);
  const object = { apiVersion: 'endwell.dev/v1', kind: 'Run', metadata: { name, namespace }, spec };
  await writeFile(path, JSON.stringify(object));
  return path;
}

const named = async (name: string) =>
  (await product().client.list(runs, { namespace })).items.filter((one) => one.metadata.name === name);

describe('a kubeconfig with a token', () => {
  it('reaches Service endwell and follows a run to its end', async () => {
    const file = await fileOf('r', { main: shell('echo from main'), exitHandler: shell('echo from exit') });
    const { code, stdout, stderr } = await run('submit', user.kubeconfig, '--wait', '-f', file);
    expect(stdout, stderr).toMatch(/Succeeded/);
    expect(code).toBe(0);
  });

  it.each([
    ['get', ['r'], /Succeeded/],
    ['logs', ['r'], /^from main\n$/],
    ['logs', ['r', '--stage', 'exit'], /^from exit\n$/],
    ['logs', ['r', '--follow', '--tail', '1'], /^from main\n$/],
    ['watch', ['r'], /Succeeded/],
    ['explain', ['r'], /Completed/],
    ['list', ['-o', 'name'], /^run(\.endwell\.dev)?\/r\n$/],
  ])('%s %j', async (verb, args, printed) => {
    const { code, stdout, stderr } = await run(verb, user.kubeconfig, ...args);
    expect(stdout, stderr).toMatch(printed);
    expect(code).toBe(0);
  });

  it('cancels a run, under the name of its account', async () => {
    const file = await fileOf('endless', { main: shell('sleep 600') });
    await run('submit', user.kubeconfig, '-f', file);
    const { code, stdout } = await run('cancel', user.kubeconfig, 'endless', '--wait');
    expect(stdout).toContain(user.username);
    expect(code).toBe(0);
  });
});

describe('deleting a run by the command line', () => {
  it('ends it, and it is gone once its handler has run', async () => {
    const file = await fileOf('deleted', { main: shell('sleep 600'), exitHandler: shell('true') });
    await run('submit', user.kubeconfig, '-f', file);
    const { code, stderr } = await run('delete', user.kubeconfig, 'deleted');
    expect(code, stderr).toBe(0);
    await eventually(async () => (await named('deleted')).length === 0, 'the run to be gone');
  });
});

describe('who may not', () => {
  const submit = ['--image', SHELL_IMAGE, '--', 'true'];

  it('create runs is told which rights are missing', async () => {
    const nobody = await accounts().account(namespace, 'nobody', { edits: false, connects: true });
    const { code, stderr } = await run('submit', nobody.kubeconfig, ...submit);
    expect(stderr).toContain(
      `${nobody.username} may not create runs.endwell.dev in namespace ${namespace}, nor create pods in namespace ${namespace}`,
    );
    expect(code).toBe(NOT_ACCEPTED);
  });

  it('reach the server is told which right is missing', async () => {
    const outsider = await accounts().account(namespace, 'outsider', { edits: true, connects: false });
    const { code, stderr } = await run('submit', outsider.kubeconfig, ...submit);
    expect(stderr).toMatch(/cannot get resource "services".*in the namespace "endwell-system"/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(code).not.toBe(0);
  });

  it('be identified, for the kubeconfig has client certificates, is told how to get a token', async () => {
    const { code, stderr } = await run('list', String(process.env['KUBECONFIG']));
    expect(stderr).toMatch(/has no token.*kubectl create token/);
    expect(code).toBe(5);
  });
});

describe('a pod that the API server would not take', () => {
  const broken = { mountPath: '/data', name: 'nosuch' };

  it.each([
    [
      'a volume that is not there',
      { volumeMounts: [broken] },
      /spec\.main\.spec\.containers\[0\]\.volumeMounts\[0\]\.name/,
    ],
    [
      'a field that does not exist',
      { imagePullPolicies: 'Always' },
      /spec\.containers\[0\]\.imagePullPolicies/,
    ],
    ['a wrong type', { command: 'true' }, /command/],
  ])('%s is refused before it is stored, naming the field', async (_what, change, field) => {
    const container = { name: 'main', image: SHELL_IMAGE, command: ['true'], ...change };
    const file = await fileOf('bad', { main: { spec: { containers: [container] } } });
    const { code, stderr } = await run('submit', user.kubeconfig, '-f', file);
    expect(stderr).toMatch(field);
    expect(code).toBe(NOT_ACCEPTED);
    expect(await named('bad')).toEqual([]);
  });
});

describe('in a namespace that enforces Pod Security "restricted"', () => {
  beforeAll(async () => {
    await kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted');
  });

  it('a run that needs no root works without more ado', async () => {
    const file = await fileOf('safe', { main: shell('true'), exitHandler: shell('true') });
    const { code, stderr } = await run('submit', user.kubeconfig, '--wait', '-f', file);
    expect(code, stderr).toBe(0);
  });

  it('one that may need root ends as PodSecurityDenied, with its handler', async () => {
    const rooted = { spec: { containers: [{ name: 'main', image: SHELL_IMAGE, command: ['true'] }] } };
    const spec = {
      main: rooted,
      exitHandler: shell('true', { securityContext: SAFE }),
      limits: { startSeconds: 3 },
    };
    const { code } = await run('submit', user.kubeconfig, '--wait', '-f', await fileOf('rooted', spec));
    expect(code).toBe(1);
    const [ended] = await named('rooted');
    expect(ended?.status).toMatchObject({ phase: 'Failed', main: { reason: 'PodSecurityDenied' } });
    expect(ended?.status?.main?.message).toMatch(/runAsNonRoot/);
    expect(ended?.status?.exit?.receipt?.exitCode).toBe(0);
  });
});
