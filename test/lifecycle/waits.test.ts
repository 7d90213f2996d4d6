import { describe, expect, it } from 'vitest';
import { runs } from '../../src/actions/resources.ts';
import type { RunSpec } from '../../src/core/run/run.ts';
import { NotFoundError } from '../../src/kube/errors.ts';
import { namespaces, pods } from '../../src/kube/resources.ts';
import { eventually } from '../support/eventually.ts';
import { createRun, endedRun, runWhen, shell, useProduct } from '../support/product.ts';

const product = useProduct();

const HANDLER = shell('true');
const dedupe: NonNullable<RunSpec['dedupe']> = { key: 'k', whenActive: 'Queue' };

/** A run that waits behind another of its key; nothing of it was ever started. */
async function inQueue(): Promise<string> {
  const { client } = product();
  const namespace = await product().namespace();
  await createRun(client, namespace, 'first', { main: shell('sleep 600'), dedupe });
  await runWhen(client, namespace, 'first', (run) => run.status?.phase === 'Running', 'running');
  await createRun(client, namespace, 'r', { main: shell('true'), exitHandler: HANDLER, dedupe });
  const waits = ({
    status,
  }: {
    status?: { phase: string; conditions: { type: string; status: string }[] };
  }) =>
    status?.phase === 'Queued' &&
    status.conditions.some(({ type, status: is }) => type === 'Accepted' && is === 'True');
  await runWhen(client, namespace, 'r', waits, 'waiting in the queue');
  return namespace;
}

/** A run that waits for its second attempt. */
async function inPause(): Promise<string> {
  const { client } = product();
  const namespace = await product().namespace();
  const retry = {
    maxAttempts: 2,
    backoffSeconds: 600,
    rules: [{ exitCodes: [3], action: 'Retry' as const }],
  };
  await createRun(client, namespace, 'r', { main: shell('exit 3'), exitHandler: HANDLER, retry });
  await runWhen(
    client,
    namespace,
    'r',
    (run) => run.status?.retryAt !== undefined,
    'waiting for its next attempt',
  );
  return namespace;
}

const WAITS = { 'in its queue': inQueue, 'between two attempts': inPause };
const CASCADES = ['Background', 'Foreground', 'Orphan'] as const;
const waits = Object.keys(WAITS) as (keyof typeof WAITS)[];

const isGone = (looked: Promise<unknown>) =>
  looked.then(
    () => false,
    (error: unknown) => error instanceof NotFoundError,
  );

/** Names of all exit pods that a watch saw end with 0, until `done` and the first. */
async function handlersUntil(namespace: string, done: Promise<unknown>): Promise<Set<string>> {
  const seen = new Set<string>();
  const stop = new AbortController();
  const scope = {
    namespace,
    labelSelector: 'endwell.dev/run=r',
    sendInitialEvents: true,
    allowBookmarks: true,
  };
  const watching = (async () => {
    for await (const event of product().client.watch(pods, { ...scope, signal: stop.signal })) {
      if (event.type === 'BOOKMARK') continue;
      const ended = event.object.status?.containerStatuses?.[0]?.state?.terminated;
      if (ended?.exitCode === 0) seen.add(event.object.metadata?.name ?? '');
    }
  })().catch(() => undefined);
  await done;
  // What the watch says of it may come later than the answer that the run is gone.
  await eventually(() => seen.size > 0, 'the end of an exit pod in the watch');
  stop.abort();
  await watching;
  return seen;
}

describe('a run that waits', () => {
  it.each(waits)('%s ends as Cancelled when that is asked, with its handler', async (wait) => {
    const namespace = await WAITS[wait]();
    const body = { spec: { cancel: { by: 'tester' } } };
    await product().client.patch(runs, { namespace, name: 'r' }, { type: 'merge', body });
    const { status } = await endedRun(product().client, namespace, 'r');
    expect(status).toMatchObject({ phase: 'Cancelled', exit: { attempts: 1, receipt: { exitCode: 0 } } });
  });

  it.each(waits.flatMap((wait) => CASCADES.map((cascade) => [wait, cascade] as const)))(
    '%s and is deleted, cascade %s: its handler runs, then it is gone, and so are its pods unless they were orphaned',
    async (wait, propagationPolicy) => {
      const { client } = product();
      const namespace = await WAITS[wait]();
      await client.delete(runs, { namespace, name: 'r' }, { propagationPolicy });
      const gone = eventually(() => isGone(client.get(runs, { namespace, name: 'r' })), 'the run to be gone');
      expect([...(await handlersUntil(namespace, gone))]).toEqual(['r-x1']);
      if (propagationPolicy === 'Orphan') return;
      const left = async () =>
        (await client.list(pods, { namespace, labelSelector: 'endwell.dev/run=r' })).items.length === 0;
      await eventually(left, 'its pods to be gone');
    },
  );

  it.each(waits)('%s holds up nothing when its namespace is deleted', async (wait) => {
    const { client } = product();
    const name = await WAITS[wait]();
    await client.delete(namespaces, { name });
    await eventually(() => isGone(client.get(namespaces, { name })), 'the namespace to be gone');
  });
});
