import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runs } from '../../src/actions/resources.ts';
import type { Run, RunSpec } from '../../src/core/run/run.ts';
import { NotFoundError } from '../../src/kube/errors.ts';
import { pods } from '../../src/kube/resources.ts';
import { type DeafNode, deafNode } from '../support/deafNode.ts';
import { eventually } from '../support/eventually.ts';
import { condition, createRun, endedRun, runWhen, shell, useProduct } from '../support/product.ts';

const product = useProduct();
let node: DeafNode;

beforeEach(async () => {
  node = await deafNode(product().client);
});

afterEach(() => node.remove());

/** A run whose main runs on the node of the test, and whose handler does not. */
async function running(change: Partial<RunSpec>): Promise<string> {
  const { client } = product();
  const namespace = await product().namespace();
  const main = shell('true', { ...node.placement });
  await createRun(client, namespace, 'r', { main, exitHandler: shell('true'), ...change });
  await runWhen(client, namespace, 'r', ({ status }) => status?.attempts.length === 1, 'with its pod');
  await node.starts(namespace, 'r-m1');
  await runWhen(client, namespace, 'r', ({ status }) => status?.phase === 'Running', 'running');
  return namespace;
}

const isGone = (namespace: string, name: string) =>
  product()
    .client.get(pods, { namespace, name })
    .then(() => undefined)
    .catch((error: unknown) => (error instanceof NotFoundError ? true : undefined));

describe('a run whose node', () => {
  it('does not answer is waited for nodeLostSeconds and no longer; what its pod says later changes nothing', async () => {
    const { client } = product();
    const namespace = await running({ limits: { nodeLostSeconds: 3 } });
    await node.answers('Unknown');
    const unreachable = (run: Run) => condition(run, 'NodeUnreachable') === 'True NodeUnreachable';
    await runWhen(client, namespace, 'r', unreachable, 'waiting for its node');
    const ended = await endedRun(client, namespace, 'r');
    expect(ended.status).toMatchObject({
      phase: 'Failed',
      main: { outcome: 'Lost', reason: 'NodeLost' },
      attempts: [{ number: 1, node: node.name, outcome: 'Lost', unconfirmed: true }],
      exit: { receipt: { exitCode: 0 } },
    });
    expect(ended.status?.main?.message).toContain('nodeLostSeconds');
    expect(condition(ended, 'NodeUnreachable')).toBe('False GivenUp');
    await node.answers('True');
    await node.ends(namespace, 'r-m1');
    await eventually(() => isGone(namespace, 'r-m1'), 'the late pod to be let go');
    const after = await client.get(runs, { namespace, name: 'r' });
    expect([after.status?.phase, after.status?.main]).toEqual(['Failed', ended.status?.main]);
  });

  it('answers again in time goes on, and succeeds', async () => {
    const { client } = product();
    const namespace = await running({ limits: { nodeLostSeconds: 600 } });
    await node.answers('Unknown');
    const is = (text: string) => (run: Run) => condition(run, 'NodeUnreachable') === text;
    await runWhen(client, namespace, 'r', is('True NodeUnreachable'), 'waiting for its node');
    await node.answers('True');
    await runWhen(client, namespace, 'r', is('False NodeReady'), 'done waiting');
    await node.ends(namespace, 'r-m1');
    expect((await endedRun(client, namespace, 'r')).status).toMatchObject({
      phase: 'Succeeded',
      attempts: [{ outcome: 'Succeeded' }],
    });
  });

  it('is removed is lost at once, which is a disruption: another attempt follows', async () => {
    const { client } = product();
    const namespace = await running({ limits: { nodeLostSeconds: 600 } });
    await node.remove();
    const lost = await runWhen(
      client,
      namespace,
      'r',
      ({ status }) => status?.attempts[0]?.outcome !== undefined,
      'done with its first attempt',
    );
    expect(lost.status?.attempts[0]).toMatchObject({ reason: 'NodeLost' });
    expect(lost.status?.attempts[0]?.unconfirmed).toBeUndefined();
    await runWhen(client, namespace, 'r', ({ status }) => status?.attempts.length === 2, 'at its second one');
  });
});
