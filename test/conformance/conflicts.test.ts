import { describe, expect, it } from 'vitest';
import { AlreadyExistsError, ConflictError, InvalidError, NotFoundError } from '../../src/kube/errors.ts';
import { configMaps, pods } from '../../src/kube/resources.ts';
import { shellPod, useCluster } from '../support/cluster.ts';

const cluster = useCluster();

describe('writing an object', () => {
  it('refuses a replace that is based on an older version, and takes one on the newest', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    const first = await client.create(configMaps, { metadata: { name: 'a', namespace }, data: { n: '1' } });
    const second = await client.replace(configMaps, { ...first, data: { n: '2' } });
    await expect(client.replace(configMaps, { ...first, data: { n: '3' } })).rejects.toThrow(ConflictError);
    const third = await client.replace(configMaps, { ...second, data: { n: '4' } });
    expect(third.data).toEqual({ n: '4' });
    expect(third.metadata?.uid).toBe(first.metadata?.uid);
  });

  it('changes the resourceVersion only when something changes', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    const first = await client.create(configMaps, { metadata: { name: 'a', namespace }, data: { n: '1' } });
    const same = await client.patch(
      configMaps,
      { namespace, name: 'a' },
      { type: 'merge', body: { data: { n: '1' } } },
    );
    expect(same.metadata?.resourceVersion).toBe(first.metadata?.resourceVersion);
  });

  it('refuses to create what exists, and makes names from generateName', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    await client.create(configMaps, { metadata: { name: 'a', namespace } });
    await expect(client.create(configMaps, { metadata: { name: 'a', namespace } })).rejects.toThrow(
      AlreadyExistsError,
    );
    const one = await client.create(configMaps, { metadata: { generateName: 'g-', namespace } });
    const two = await client.create(configMaps, { metadata: { generateName: 'g-', namespace } });
    expect(one.metadata?.name).toMatch(/^g-[a-z0-9]{5}$/);
    expect(two.metadata?.name).not.toBe(one.metadata?.name);
  });

  it('deletes only the object that the preconditions name', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    const made = await client.create(configMaps, { metadata: { name: 'a', namespace } });
    const ref = { namespace, name: 'a' };
    const other = { uid: '00000000-0000-0000-0000-000000000000' };
    await expect(client.delete(configMaps, ref, { preconditions: other })).rejects.toThrow(ConflictError);
    await expect(client.delete(configMaps, ref, { preconditions: { resourceVersion: '1' } })).rejects.toThrow(
      ConflictError,
    );
    await client.delete(configMaps, ref, { preconditions: { uid: made.metadata?.uid ?? '' } });
    await expect(client.get(configMaps, ref)).rejects.toThrow(NotFoundError);
  });

  it('applies a json patch whole or not at all', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    await client.create(configMaps, { metadata: { name: 'a', namespace }, data: { n: '1' } });
    const ref = { namespace, name: 'a' };
    const body = [
      { op: 'replace', path: '/data/n', value: '2' },
      { op: 'test', path: '/data/n', value: 'never' },
    ];
    await expect(client.patch(configMaps, ref, { type: 'json', body })).rejects.toThrow(InvalidError);
    expect((await client.get(configMaps, ref)).data).toEqual({ n: '1' });
  });

  it('does nothing on a dry run', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    await client.create(configMaps, { metadata: { name: 'a', namespace } }, { dryRun: true });
    await expect(client.get(configMaps, { namespace, name: 'a' })).rejects.toThrow(NotFoundError);
  });

  it('keeps the spec of a pod as it was made', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    const gated = shellPod('p', 'true', (spec) => {
      spec.schedulingGates = [{ name: 'test/hold' }];
    });
    const pod = await client.create(pods, { ...gated, metadata: { name: 'p', namespace } });
    const [main] = pod.spec?.containers ?? [];
    const changed = {
      ...pod,
      spec: { ...pod.spec, containers: [{ ...main, name: 'main', command: ['other'] }] },
    };
    await expect(client.replace(pods, changed)).rejects.toThrow(InvalidError);
  });

  it('refuses an unknown field by name when fields are strict', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    const object = { metadata: { name: 'a', namespace }, dat: { n: '1' } };
    await expect(client.create(configMaps, object, { fieldValidation: 'Strict' })).rejects.toThrow(
      /unknown field "dat"/,
    );
  });
});
