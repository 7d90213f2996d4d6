import { describe, expect, it } from 'vitest';
import type { Limits, Run, RunSpec } from '../../src/core/run/run.ts';
import { pods } from '../../src/kube/resources.ts';
import { SHELL_IMAGE } from '../support/cluster.ts';
import { createRun, endedRun, runWhen, shell, useProduct } from '../support/product.ts';

const product = useProduct();

const HANGS = shell('sleep 600');
/** A pod whose init container is at work for good. */
const INITIALISES = shell('true', {
  initContainers: [{ name: 'fetch', image: SHELL_IMAGE, command: ['/bin/sh', '-c', 'sleep 600'] }],
});

async function endOf(namespace: string, name: string): Promise<Run> {
  const run = await endedRun(product().client, namespace, name);
  expect(run.status?.exit?.receipt?.exitCode, 'its handler ran').toBe(0);
  return run;
}

describe('a limit of seconds', () => {
  const cases: [keyof Limits, Pick<RunSpec, 'main' | 'logs' | 'limits'>, string][] = [
    ['initIdleSeconds', { main: INITIALISES }, 'InitStalled'],
    // It comes on top of startSeconds, which counts until a container has started.
    ['initMaxSeconds', { main: INITIALISES, limits: { startSeconds: 4 } }, 'InitTimeout'],
    ['runSeconds', { main: HANGS }, 'RunTimeout'],
    ['totalSeconds', { main: HANGS }, 'TotalTimeout'],
    ['stallSeconds', { main: shell('echo once; sleep 600'), logs: 'Follow' }, 'Stalled'],
  ];

  it.each(cases)(
    '%s ends the run once, names itself, and leaves the handler its turn',
    async (limit, what, reason) => {
      const namespace = await product().namespace();
      await createRun(product().client, namespace, 'r', {
        ...what,
        exitHandler: shell('true'),
        limits: { ...what.limits, [limit]: 2 },
      });
      const run = await endOf(namespace, 'r');
      expect(run.status).toMatchObject({ phase: 'Failed', main: { outcome: 'Failed', reason } });
      expect(run.status?.main?.message).toContain(limit);
      expect(Object.values(run.status?.verdicts ?? {})).toEqual([
        expect.objectContaining({ reason, rule: `limits.${limit}` }),
      ]);
      expect(run.status?.attempts).toHaveLength(1);
    },
  );

  it('queueSeconds ends a run that waits for another of its key, before it has a pod', async () => {
    const { client } = product();
    const namespace = await product().namespace();
    const dedupe = { key: 'k', whenActive: 'Queue' } as const;
    await createRun(client, namespace, 'first', { main: HANGS, dedupe });
    await runWhen(client, namespace, 'first', (run) => run.status?.phase === 'Running', 'running');
    const limits = { queueSeconds: 2 };
    await createRun(client, namespace, 'r', { main: HANGS, exitHandler: shell('true'), dedupe, limits });
    const run = await endOf(namespace, 'r');
    expect(run.status).toMatchObject({ phase: 'Failed', main: { reason: 'QueueTimeout' }, attempts: [] });
    expect(run.status?.main?.message).toContain('queueSeconds');
    const { items } = await client.list(pods, { namespace, labelSelector: 'endwell.dev/run=r' });
    expect(items.map(({ metadata }) => metadata?.name)).toEqual(['r-x1']);
  });

  it('totalSeconds that ends before the next attempt could start: the run ends at once, by what its last attempt did', async () => {
    const namespace = await product().namespace();
    await createRun(product().client, namespace, 'r', {
      main: shell('exit 3'),
      exitHandler: shell('true'),
      limits: { totalSeconds: 30 },
      retry: {
        maxAttempts: 2,
        backoffSeconds: 600,
        maxBackoffSeconds: 600,
        rules: [{ exitCodes: [3], action: 'Retry' }],
      },
    });
    const run = await endOf(namespace, 'r');
    expect(run.status).toMatchObject({ phase: 'Failed', main: { reason: 'ExitCode', exitCode: 3 } });
    expect(run.status?.attempts).toHaveLength(1);
  });
});
