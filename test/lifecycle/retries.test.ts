import { describe, expect, it } from 'vitest';
import { runs } from '../../src/actions/resources.ts';
import type { RunSpec } from '../../src/core/run/run.ts';
import { pods } from '../../src/kube/resources.ts';
import { createRun, endedRun, runWhen, shell, useProduct } from '../support/product.ts';

const product = useProduct();

/** Fails with 3 until its third attempt. */
const THIRD_TIME = shell('[ "$ENDWELL_ATTEMPT" = 3 ] || exit 3');
const RETRY: NonNullable<RunSpec['retry']> = {
  maxAttempts: 3,
  backoffSeconds: 2,
  backoffFactor: 1,
  rules: [{ exitCodes: [3], action: 'Retry' }],
};

async function start(change: Partial<RunSpec>): Promise<string> {
  const namespace = await product().namespace();
  const spec = { main: THIRD_TIME, exitHandler: shell('true'), retry: RETRY, ...change };
  await createRun(product().client, namespace, 'r', spec);
  return namespace;
}

async function podNames(namespace: string): Promise<(string | undefined)[]> {
  const { items } = await product().client.list(pods, { namespace });
  return items.map(({ metadata }) => metadata?.name).sort((a = '', b = '') => a.localeCompare(b));
}

const waiting = (namespace: string) =>
  runWhen(
    product().client,
    namespace,
    'r',
    ({ status }) => status?.phase === 'Queued' && status.retryAt !== undefined,
    'waiting for its next attempt',
  );

describe('a run whose attempts fail', () => {
  it('is tried again by its rule, says when, keeps each end, and runs its handler once', async () => {
    const namespace = await start({});
    const paused = await waiting(namespace);
    const ended = paused.status?.attempts.at(-1)?.finishedAt ?? '';
    expect(Date.parse(paused.status?.retryAt ?? '')).toBeGreaterThan(Date.parse(ended));
    const { status } = await endedRun(product().client, namespace, 'r');
    expect(status).toMatchObject({
      phase: 'Succeeded',
      main: { outcome: 'Succeeded', exitCode: 0 },
      exit: { attempts: 1, receipt: { exitCode: 0 } },
      attempts: [
        { number: 1, podName: 'r-m1', outcome: 'Failed', exitCode: 3, reason: 'ExitCode' },
        { number: 2, podName: 'r-m2', outcome: 'Failed', exitCode: 3, reason: 'ExitCode' },
        { number: 3, podName: 'r-m3', outcome: 'Succeeded', exitCode: 0 },
      ],
    });
    expect(await podNames(namespace)).toEqual(['r-m1', 'r-m2', 'r-m3', 'r-x1']);
  });

  it('is not tried again after an end that no rule takes, nor beyond its attempts', async () => {
    const other = await start({ main: shell('exit 4') });
    const spent = await start({
      main: shell('exit 3'),
      retry: { ...RETRY, maxAttempts: 2, backoffSeconds: 1 },
    });
    const first = await endedRun(product().client, other, 'r');
    expect(first.status).toMatchObject({ phase: 'Failed', main: { exitCode: 4 }, exit: { attempts: 1 } });
    expect(first.status?.attempts).toHaveLength(1);
    const second = await endedRun(product().client, spent, 'r');
    expect(second.status).toMatchObject({ phase: 'Failed', main: { exitCode: 3 }, exit: { attempts: 1 } });
    expect(second.status?.attempts).toHaveLength(2);
  });

  it('starts no other attempt once it is cancelled in its pause', async () => {
    const namespace = await start({ retry: { ...RETRY, backoffSeconds: 600, maxBackoffSeconds: 600 } });
    await waiting(namespace);
    const body = { spec: { cancel: { by: 'tester' } } };
    await product().client.patch(runs, { namespace, name: 'r' }, { type: 'merge', body });
    const { status } = await endedRun(product().client, namespace, 'r');
    expect(status).toMatchObject({ phase: 'Cancelled', exit: { attempts: 1, receipt: { exitCode: 0 } } });
    expect(await podNames(namespace)).toEqual(['r-m1', 'r-x1']);
  });
});
