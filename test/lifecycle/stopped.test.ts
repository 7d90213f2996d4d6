import { describe, expect, it } from 'vitest';
import { runs } from '../../src/actions/resources.ts';
import type { Run, RunSpec } from '../../src/core/run/run.ts';
import { NotFoundError } from '../../src/kube/errors.ts';
import { namespaces, pods } from '../../src/kube/resources.ts';
import { eventually } from '../support/eventually.ts';
import { createRun, endedRun, runWhen, shell, useProduct } from '../support/product.ts';

const product = useProduct();

/** What brings a run into a phase and keeps it there. */
const HELD: Record<string, RunSpec> = {
  Pending: { main: shell('true', { nodeSelector: { 'test.dev/none': 'such' } }), exitHandler: shell('true') },
  Running: { main: shell('sleep 600'), exitHandler: shell('true') },
  Exiting: { main: shell('true'), exitHandler: shell('sleep 3') },
};

async function held(phase: string): Promise<string> {
  const namespace = await product().namespace();
  const spec = HELD[phase];
  if (spec === undefined) throw new Error(`no spec for ${phase}`);
  await createRun(product().client, namespace, 'r', spec);
  await runWhen(product().client, namespace, 'r', (run) => run.status?.phase === phase, phase);
  return namespace;
}

/** Every exit pod of the namespace that ended with 0, by UID, as an independent watch sees it, until `done` and the first. */
async function receiptsUntil(namespace: string, done: Promise<unknown>): Promise<Set<string>> {
  const seen = new Set<string>();
  const stop = new AbortController();
  const watching = (async () => {
    const options = {
      namespace,
      labelSelector: 'endwell.dev/stage=exit',
      sendInitialEvents: true,
      allowBookmarks: true,
    };
    for await (const event of product().client.watch(pods, { ...options, signal: stop.signal })) {
      if (event.type === 'BOOKMARK') continue;
      const terminated = event.object.status?.containerStatuses?.[0]?.state?.terminated;
      if (terminated?.exitCode === 0) seen.add(event.object.metadata?.uid ?? '');
    }
  })().catch(() => undefined);
  await done;
  // What the watch says of it may come later than the answer that the run is gone.
  await eventually(() => seen.size > 0, 'the end of an exit pod in the watch');
  stop.abort();
  await watching;
  return seen;
}

const runIsGone = (namespace: string) =>
  eventually(
    () =>
      product()
        .client.get(runs, { namespace, name: 'r' })
        .then(
          () => false,
          (error) => error instanceof NotFoundError,
        ),
    'the run to be gone',
  );

const cancel = (namespace: string): Promise<Run> =>
  product().client.patch(
    runs,
    { namespace, name: 'r' },
    { type: 'merge', body: { spec: { cancel: { by: 'tester', reason: 'not needed' } } } },
  );

describe('cancelling a run', () => {
  it.each(['Pending', 'Running'])('that is %s ends it as Cancelled, with its handler', async (phase) => {
    const namespace = await held(phase);
    await cancel(namespace);
    const run = await endedRun(product().client, namespace, 'r');
    expect(run.status).toMatchObject({
      phase: 'Cancelled',
      main: { outcome: 'Cancelled', reason: 'Cancelled' },
    });
    expect(run.status?.main?.message).toContain('tester');
    expect(run.status?.exit?.receipt?.exitCode).toBe(0);
  });

  it('that is Exiting changes nothing of its end', async () => {
    const namespace = await held('Exiting');
    await cancel(namespace);
    const run = await endedRun(product().client, namespace, 'r');
    expect(run.status).toMatchObject({ phase: 'Succeeded', exit: { receipt: { exitCode: 0 } } });
  });

  it('is set once', async () => {
    const namespace = await held('Running');
    await cancel(namespace);
    const body = { spec: { cancel: { by: 'another' } } };
    const again = product().client.patch(runs, { namespace, name: 'r' }, { type: 'merge', body });
    await expect(again).rejects.toThrow(/cancel/);
  });
});

describe('deleting a run', () => {
  const CASCADES = ['Background', 'Foreground', 'Orphan'] as const;
  const cases = Object.keys(HELD).flatMap((phase) => CASCADES.map((cascade) => [phase, cascade] as const));

  it.each(cases)(
    'that is %s, cascade %s: its handler runs, and then it is gone',
    async (phase, propagationPolicy) => {
      const namespace = await held(phase);
      await product().client.delete(runs, { namespace, name: 'r' }, { propagationPolicy });
      const receipts = await receiptsUntil(namespace, runIsGone(namespace));
      expect(receipts.size).toBe(1);
    },
  );

  it('that has ended takes its pods with it', async () => {
    const { client } = product();
    const namespace = await product().namespace();
    await createRun(client, namespace, 'r', { main: shell('true'), exitHandler: shell('true') });
    await endedRun(client, namespace, 'r');
    await client.delete(runs, { namespace, name: 'r' });
    await runIsGone(namespace);
    await eventually(
      async () => (await client.list(pods, { namespace })).items.length === 0,
      'the pods to be gone',
    );
  });
});

describe('deleting a namespace', () => {
  it.each(Object.keys(HELD))('with a run in it that is %s is not held up', async (phase) => {
    const namespace = await held(phase);
    await product().client.delete(namespaces, { name: namespace });
    await eventually(
      () =>
        product()
          .client.get(namespaces, { name: namespace })
          .then(
            () => false,
            (error) => error instanceof NotFoundError,
          ),
      'the namespace to be gone',
    );
  });
});
