import { afterAll, describe, expect, it } from 'vitest';
import { leases, pods } from '../../src/kube/resources.ts';
import { kubectl } from '../support/account.ts';
import { eventually } from '../support/eventually.ts';
import { watchPods } from '../support/podWatch.ts';
import { createRun, endedRun, runWhen, shell, useProduct } from '../support/product.ts';

const product = useProduct();

const NAMESPACE = 'endwell-system';
const RUNS = Array.from({ length: 10 }, (_, index) => `r${index}`);

/** What comes after this file finds both operators again. */
afterAll(() =>
  kubectl('rollout', 'status', '-n', NAMESPACE, 'deployment/endwell-operator', '--timeout=120s'),
);

/** The pod that leads: the part of the lease's holder in front of the process. */
async function leader(): Promise<string | undefined> {
  const lease = await product().client.get(leases, { namespace: NAMESPACE, name: 'endwell-operator' });
  return lease.spec?.holderIdentity?.split('_')[0];
}

describe('the leading operator is killed in the middle of 10 runs', () => {
  it('all end well, and none has two started mains', async () => {
    const { client } = product();
    const namespace = await product().namespace();
    const started = new Map<string, Set<string>>();
    const watch = watchPods(client, namespace, ({ metadata, status }) => {
      if (metadata?.labels?.['endwell.dev/stage'] !== 'main') return;
      const states = status?.containerStatuses?.map(({ state }) => state) ?? [];
      if (!states.some((state) => state?.running || state?.terminated)) return;
      const run = metadata.labels['endwell.dev/run'] ?? '';
      started.set(run, (started.get(run) ?? new Set()).add(metadata.uid ?? ''));
    });
    const killed = await eventually(leader, 'a leader');
    await Promise.all(
      RUNS.map((name, index) =>
        createRun(client, namespace, name, {
          main: shell(`sleep ${index}`),
          exitHandler: shell('true'),
        }),
      ),
    );
    await runWhen(client, namespace, 'r4', ({ status }) => status?.phase === 'Running', 'Running');
    await client.delete(pods, { namespace: NAMESPACE, name: killed }, { gracePeriodSeconds: 0 });
    const ended = await Promise.all(RUNS.map((name) => endedRun(client, namespace, name)));
    await watch.stop();
    expect(ended.map(({ status }) => status?.phase)).toEqual(RUNS.map(() => 'Succeeded'));
    expect(ended.map(({ status }) => status?.exit?.receipt?.exitCode)).toEqual(RUNS.map(() => 0));
    expect(RUNS.map((name) => started.get(name)?.size)).toEqual(RUNS.map(() => 1));
    expect(await leader()).not.toBe(killed);
  });
});
