import { describe, expect, it } from 'vitest';
import { aConfigMap, type TestApi, testApi } from './testing/testApi.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const THINGS = '/apis/example.com/v1/namespaces/default/things';
const MAPS = '/api/v1/namespaces/default/configmaps';

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { size: { type: 'integer', maximum: 3 } } } },
          },
        },
      },
    ],
  },
};

const aThing = (name: string, size: number) => ({
  apiVersion: 'example.com/v1',
  kind: 'Thing',
  metadata: { name },
  spec: { size },
});

async function prepared(): Promise<TestApi> {
  const api = await testApi();
  await api.ok('POST', CRDS, definition);
  await api.settle();
  await api.ok('POST', THINGS, aThing('old', 1));
  return api;
}

describe('state', () => {
  it('is what another kubelite begins with: objects, versions and what its CRDs serve', async () => {
    const first = await prepared();
    const second = await testApi({ from: first.kubelite.state() });
    const found = await second.ok('GET', `${THINGS}/old`);
    expect(found).toEqual(await first.ok('GET', `${THINGS}/old`));
    expect((await second.call('POST', THINGS, aThing('big', 4))).status).toBe(422);
    const made = await second.ok('POST', THINGS, aThing('new', 2));
    expect(Number(made.metadata.resourceVersion)).toBeGreaterThan(Number(found.metadata.resourceVersion));
    expect(second.kubelite.token).toBe(first.kubelite.token);
  });

  it('is not touched by what those who began with it do', async () => {
    const state = (await prepared()).kubelite.state();
    const second = await testApi({ from: state });
    await second.ok('PUT', `${THINGS}/old`, {
      ...(await second.ok('GET', `${THINGS}/old`)),
      spec: { size: 2 },
    });
    await second.ok('DELETE', `${CRDS}/things.example.com`);
    await second.ok('POST', MAPS, aConfigMap('only-here'));
    await second.settle();
    expect((await second.call('GET', `${THINGS}/old`)).status).toBe(404);
    const third = await testApi({ from: state });
    expect((await third.ok('GET', `${THINGS}/old`)).spec).toEqual({ size: 1 });
    expect((await third.call('GET', `${MAPS}/only-here`)).status).toBe(404);
  });
});
