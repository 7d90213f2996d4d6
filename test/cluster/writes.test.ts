import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunSpec } from '../../src/core/run/run.ts';
import { pods } from '../../src/kube/resources.ts';
import { type Account, useAccounts } from '../support/account.ts';
import { type AuditEntry, auditLog, deedOf, isDryRun, operatorWrites } from '../support/auditLog.ts';
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
  ])(
    '%s are few, none is refused, and no right of deploy/install.yaml is missing',
    async (what, spec, budget) => {
      const { namespace, account } = await newUser();
      await submit(account, namespace, 'r', spec);
      const writes = await operatorWrites(namespace);
      const deeds = writes.map(deedOf);
      console.info(`writes of the operator for a run ${what}: ${deeds.length} (${deeds.join(', ')})`);
      expect(writes.filter(({ responseStatus }) => (responseStatus?.code ?? 0) >= 400)).toEqual([]);
      expect(deeds.length).toBeGreaterThan(0);
      expect(deeds.length, deeds.join(', ')).toBeLessThanOrEqual(budget);
      const ours = (await auditLog(namespace)).filter(({ user }) => user.username.startsWith(OURS));
      expect(ours.filter(isForbidden)).toEqual([]);
    },
  );
});

describe('a main pod', () => {
  it('keeps no record of who set which field, from the lifting of its gate on', async () => {
    const { namespace, account } = await newUser();
    await submit(account, namespace, 'r', { main: work });
    const { items } = await product().client.list(pods, { namespace });
    expect(items.map(({ metadata }) => [metadata?.name, metadata?.managedFields])).toEqual([
      ['r-m1', undefined],
    ]);
  });
});

describe('from the end of main to its exit pod', () => {
  it(`as the API server stored both, for ${RUNS} runs one after the other (a figure, not a promise)`, async () => {
    const { namespace, account } = await newUser();
    const names = Array.from({ length: RUNS }, (_, index) => `r${index + 1}`);
    for (const name of names) await submit(account, namespace, name, { main: work, exitHandler: handler });
    const entries = await auditLog(namespace);
    const delays = names.map((name) => delayOf(entries, name)).sort((a, b) => a - b);
    console.info(`main's end to exit pod created, ms: ${delays.join(' ')}`);
    expect(delays.filter((delay) => delay >= 0)).toHaveLength(RUNS);
  });
});

/** Refused for want of a right. */
function isForbidden({ annotations }: AuditEntry): boolean {
  return annotations?.['authorization.k8s.io/decision'] === 'forbid';
}

/** Milliseconds from the last word of the node on the main pod before there was an exit pod, until there was one. */
function delayOf(entries: readonly AuditEntry[], run: string): number {
  const made = entries.find(
    (entry) => deedOf(entry) === 'create pods' && entry.objectRef?.name === `${run}-x1` && !isDryRun(entry),
  );
  const before = entries.slice(0, made === undefined ? 0 : entries.indexOf(made));
  const ended = before.findLast(
    (entry) => deedOf(entry) === 'patch pods/status' && entry.objectRef?.name === `${run}-m1`,
  );
  return Date.parse(made?.stageTimestamp ?? '') - Date.parse(ended?.stageTimestamp ?? '');
}
