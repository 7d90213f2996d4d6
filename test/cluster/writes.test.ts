import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import type { RunSpec } from '../../src/core/run/run.ts';
import { type Account, useAccounts } from '../support/account.ts';
import { auditLog, deedOf, operatorWrites } from '../support/auditLog.ts';
import { watchPods } from '../support/podWatch.ts';
import { endwell, shell, useProduct } from '../support/product.ts';

const product = useProduct();
const accounts = useAccounts();

/** Enough for a figure; each takes some seconds, one after the other, so that the cluster is idle beside it. */
const RUNS = 8;

/** Service accounts of operator and server. */
const OURS = 'system:serviceaccount:endwell-system:';

const work = shell('echo work; sleep 1');
const handler = shell('echo "$ENDWELL_OUTCOME"');

async function newUser() {
  const namespace = await product().namespace();
  return {
    namespace,
    account: await accounts().account(namespace, 'user', { edits: true, connects: true }),
  };
}

/** Submits a run over HTTP and waits for its end; fails unless it succeeded. */
async function submit(account: Account, namespace: string, name: string, spec: RunSpec): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'endwell-submit-'));
  try {
    const file = join(folder, 'run.json');
    const run = { apiVersion: 'endwell.dev/v1', kind: 'Run', metadata: { name, namespace }, spec };
    await writeFile(file, JSON.stringify(run));
    await endwell([
      'run',
      'submit',
      '--kubeconfig',
      account.kubeconfig,
      '-n',
      namespace,
      '--wait',
      '-f',
      file,
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('the writes of the operator for one run', () => {
  it.each([
    ['with an exit handler', { main: work, exitHandler: handler }, 9],
    ['without an exit handler', { main: work }, 7],
  ])('%s are few, and none is refused', async (what, spec, budget) => {
    const { namespace, account } = await newUser();
    await submit(account, namespace, 'r', spec);
    const writes = await operatorWrites(namespace);
    const deeds = writes.map(deedOf);
    console.info(`writes of the operator for a run ${what}: ${deeds.length} (${deeds.join(', ')})`);
    expect(writes.filter(({ responseStatus }) => (responseStatus?.code ?? 0) >= 400)).toEqual([]);
    expect(deeds.length).toBeGreaterThan(0);
    expect(deeds.length, deeds.join(', ')).toBeLessThanOrEqual(budget);
  });

  it('and those of the server are all within the rights of deploy/install.yaml', async () => {
    const { namespace, account } = await newUser();
    await submit(account, namespace, 'r', { main: work, exitHandler: handler });
    const here = (await auditLog(namespace)).filter(({ user }) => user.username.startsWith(OURS));
    expect(here.length).toBeGreaterThan(0);
    expect(here.filter((entry) => entry.annotations?.['authorization.k8s.io/decision'] === 'forbid')).toEqual(
      [],
    );
  });
});

describe('from the end of main to its exit pod', () => {
  it(`both as one watch sees them, for ${RUNS} runs on an idle cluster (a figure, not a promise)`, async () => {
    const { namespace, account } = await newUser();
    const ended = new Map<string, number>();
    const followed = new Map<string, number>();
    const watch = watchPods(product().client, namespace, (pod: Pod) => {
      const { 'endwell.dev/run': run = '', 'endwell.dev/stage': stage } = pod.metadata?.labels ?? {};
      const first = stage === 'exit' ? followed : ended;
      const has = stage === 'exit' || /Succeeded|Failed/.test(pod.status?.phase ?? '');
      if (has && !first.has(run)) first.set(run, performance.now());
    });
    for (let number = 1; number <= RUNS; number += 1)
      await submit(account, namespace, `r${number}`, { main: work, exitHandler: handler });
    await watch.stop();
    const delays = [...ended].map(([run, end]) => Math.round((followed.get(run) ?? Number.NaN) - end));
    console.info(`main's end to exit pod created, ms: ${delays.sort((a, b) => a - b).join(' ')}`);
    expect(delays.filter((delay) => delay >= 0)).toHaveLength(RUNS);
  });
});
