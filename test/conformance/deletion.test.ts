import { describe, expect, it } from 'vitest';
import { ForbiddenError, InvalidError, NotFoundError } from '../../src/kube/errors.ts';
import { configMaps, namespaces } from '../../src/kube/resources.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { useCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';

const cluster = useCluster();

const isGone = (client: KubeClient, namespace: string, name: string) =>
  eventually(
    () =>
      client.get(configMaps, { namespace, name }).then(
        () => undefined,
        (error) => error instanceof NotFoundError,
      ),
    `${name} to be gone`,
  );

/** An owner and a dependent that the owner's deletion has to wait for. */
async function family(client: KubeClient, namespace: string) {
  const owner = await client.create(configMaps, { metadata: { name: 'owner', namespace } });
  const uid = owner.metadata?.uid ?? '';
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid, blockOwnerDeletion: true };
  await client.create(configMaps, {
    metadata: { name: 'child', namespace, ownerReferences: [reference], finalizers: ['test.dev/hold'] },
  });
}

const letGo = (client: KubeClient, namespace: string, name: string) =>
  client.patch(configMaps, { namespace, name }, { type: 'merge', body: { metadata: { finalizers: null } } });

describe('an object with a finalizer', () => {
  it('stays, marked as deleted, until the finalizer is removed', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    await client.create(configMaps, { metadata: { name: 'a', namespace, finalizers: ['test.dev/hold'] } });
    await client.delete(configMaps, { namespace, name: 'a' });
    const held = await client.get(configMaps, { namespace, name: 'a' });
    expect(held.metadata?.deletionTimestamp).toBeDefined();
    await letGo(client, namespace, 'a');
    await isGone(client, namespace, 'a');
  });

  it('takes no new finalizer once it is being deleted', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    await client.create(configMaps, { metadata: { name: 'a', namespace, finalizers: ['test.dev/hold'] } });
    await client.delete(configMaps, { namespace, name: 'a' });
    const body = { metadata: { finalizers: ['test.dev/hold', 'test.dev/more'] } };
    const patch = client.patch(configMaps, { namespace, name: 'a' }, { type: 'merge', body });
    await expect(patch).rejects.toThrow(InvalidError);
    await letGo(client, namespace, 'a');
  });
});

describe('deleting an owner', () => {
  it('in the background takes it away at once and its dependents after it', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    await family(client, namespace);
    await client.delete(configMaps, { namespace, name: 'owner' }, { propagationPolicy: 'Background' });
    await isGone(client, namespace, 'owner');
    await eventually(
      async () => (await client.get(configMaps, { namespace, name: 'child' })).metadata?.deletionTimestamp,
      'the child to be deleted',
    );
    await letGo(client, namespace, 'child');
    await isGone(client, namespace, 'child');
  });

  it('in the foreground keeps it until its dependents are gone', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    await family(client, namespace);
    await client.delete(configMaps, { namespace, name: 'owner' }, { propagationPolicy: 'Foreground' });
    await eventually(
      async () => (await client.get(configMaps, { namespace, name: 'child' })).metadata?.deletionTimestamp,
      'the child to be deleted',
    );
    const owner = await client.get(configMaps, { namespace, name: 'owner' });
    expect(owner.metadata?.finalizers).toContain('foregroundDeletion');
    await letGo(client, namespace, 'child');
    await isGone(client, namespace, 'owner');
  });

  it('as orphan leaves the dependents, without the owner', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    await family(client, namespace);
    await client.delete(configMaps, { namespace, name: 'owner' }, { propagationPolicy: 'Orphan' });
    await isGone(client, namespace, 'owner');
    const child = await client.get(configMaps, { namespace, name: 'child' });
    expect(child.metadata?.ownerReferences ?? []).toEqual([]);
    expect(child.metadata?.deletionTimestamp).toBeUndefined();
    await letGo(client, namespace, 'child');
  });

  it('collects an object whose owner never existed', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    const uid = '00000000-0000-0000-0000-000000000000';
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'nobody', uid }];
    await client.create(configMaps, { metadata: { name: 'child', namespace, ownerReferences } });
    await isGone(client, namespace, 'child');
  });
});

describe('deleting a namespace', () => {
  it('takes its objects with it, waits for finalizers, and takes no new object meanwhile', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    await client.create(configMaps, { metadata: { name: 'plain', namespace } });
    await client.create(configMaps, { metadata: { name: 'held', namespace, finalizers: ['test.dev/hold'] } });
    await client.delete(namespaces, { name: namespace });
    await eventually(
      async () => (await client.get(namespaces, { name: namespace })).status?.phase === 'Terminating',
      'the namespace to be terminating',
    );
    const late = client.create(configMaps, { metadata: { name: 'late', namespace } });
    const refusal = await late.catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ForbiddenError);
    expect((refusal as ForbiddenError).causes.map((cause) => cause.reason)).toContain('NamespaceTerminating');
    await isGone(client, namespace, 'plain');
    await eventually(
      async () =>
        (await client.get(namespaces, { name: namespace })).status?.conditions?.some(
          ({ type, status }) => type === 'NamespaceFinalizersRemaining' && status === 'True',
        ),
      'the namespace to say which finalizers remain',
    );
    await letGo(client, namespace, 'held');
    await eventually(
      () =>
        client.get(namespaces, { name: namespace }).then(
          () => undefined,
          (error) => error instanceof NotFoundError,
        ),
      'the namespace to be gone',
    );
  });
});
