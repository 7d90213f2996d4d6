import { describe, expect, it } from 'vitest';
import { queues, runs } from '../../../src/actions/resources.ts';
import type { QueuePlace } from '../../../src/contract/routes/queues.ts';
import type { QueueSpec } from '../../../src/core/queue/queue.ts';
import type { Run, RunSpec } from '../../../src/core/run/run.ts';
import { eventually } from '../../support/eventually.ts';
import { shellRun, useServer } from './serverUnderTest.ts';

const server = useServer('with operator');

async function makeQueue(namespace: string, spec: QueueSpec): Promise<void> {
  const metadata = { namespace, name: 'narrow' };
  await server().client.create(queues, { apiVersion: 'endwell.dev/v1', kind: 'Queue', metadata, spec });
  // The operator learns of a queue by its watch.
  await eventually(async () => {
    const { status } = await server().client.get(queues, { namespace, name: 'narrow' });
    return status === undefined ? undefined : true;
  }, 'the operator to know the queue');
}

async function submit(
  namespace: string,
  name: string,
  change: Pick<RunSpec, 'queue' | 'priority'>,
): Promise<Run> {
  const { metadata, spec } = shellRun(name, 'sleep 60');
  const body = { metadata, spec: { ...spec, ...change } };
  return (await server().api.call('submitRun', { query: { namespace }, body })).body;
}

const phase = async (namespace: string, name: string) =>
  (await server().client.get(runs, { namespace, name })).status?.phase;

async function placeOf(namespace: string, name: string): Promise<QueuePlace> {
  return (await server().api.call('explainQueue', { params: { name }, query: { namespace } })).body;
}

describe('GET /queues', () => {
  it('lists the built-in queues without any object', async () => {
    const { api, namespace } = server();
    const { body } = await api.call('listQueues', { query: { namespace: await namespace() } });
    const shown = body.items.map(({ name, namespace: of, spec }) => [name, of, spec.maxRunning]);
    expect(shown).toEqual([
      ['build', null, 10],
      ['default', null, undefined],
    ]);
  });

  it('counts what runs and what waits, and shows a queue to its own namespace only', async () => {
    const { api, namespace: newNamespace } = server();
    const [namespace, elsewhere] = [await newNamespace(), await newNamespace()];
    await makeQueue(namespace, { maxRunning: 1 });
    for (const name of ['a', 'b', 'c']) await submit(namespace, name, { queue: 'narrow' });
    const narrow = await eventually(async () => {
      const { body } = await api.call('listQueues', { query: { namespace } });
      const found = body.items.find(({ name }) => name === 'narrow');
      return found?.running === 1 && found.queued === 2 ? found : undefined;
    }, 'one to run and two to wait');
    expect(narrow.oldestQueuedAt).not.toBeNull();
    const other = await api.call('listQueues', { query: { namespace: elsewhere } });
    expect(other.body.items.map(({ name }) => name)).not.toContain('narrow');
  });

  it('needs the right to list queues', async () => {
    const { cluster, send, namespace } = server();
    const where = await namespace();
    cluster.denied.add('list queues');
    const answer = await send('GET', `/api/v1/queues?namespace=${where}`);
    cluster.denied.delete('list queues');
    expect(answer.status).toBe(403);
  });
});

describe('GET /runs/{name}/queue', () => {
  it('says the place of a run that waits, what holds it, and lets it go on when that ends', async () => {
    const { api, namespace: newNamespace } = server();
    const namespace = await newNamespace();
    await makeQueue(namespace, { maxRunning: 1 });
    await submit(namespace, 'first', { queue: 'narrow' });
    await eventually(
      async () => ((await phase(namespace, 'first')) === 'Running' ? true : undefined),
      'a run',
    );
    await submit(namespace, 'low', { queue: 'narrow' });
    await submit(namespace, 'high', { queue: 'narrow', priority: 5 });
    await eventually(
      async () => ((await placeOf(namespace, 'low')).position === 2 ? true : undefined),
      'the second place',
    );
    expect(await placeOf(namespace, 'high')).toMatchObject({
      waits: true,
      queue: 'narrow',
      queueNamespace: namespace,
      position: 1,
      waiting: 2,
      reason: 'LimitReached',
    });
    expect(await placeOf(namespace, 'first')).toMatchObject({ waits: false, reason: 'Running' });
    await api.call('cancelRun', { params: { name: 'first' }, query: { namespace }, body: {} });
    await eventually(
      async () => ((await phase(namespace, 'high')) === 'Running' ? true : undefined),
      'the next',
    );
    expect((await placeOf(namespace, 'low')).position).toBe(1);
  });

  it('answers 404 for a run that does not exist', async () => {
    const { send, namespace } = server();
    expect((await send('GET', `/api/v1/runs/none/queue?namespace=${await namespace()}`)).status).toBe(404);
  });
});
