import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aConfigMap, aPod, type TestApi, testApi } from '../testing/testApi.ts';
import type { StoredObject } from '../types.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const MERGE = 'application/merge-patch+json';

let api: TestApi;
beforeEach(async () => {
  api = await testApi();
});
afterEach(() => {
  expect(api.complaints).toEqual([]);
});

function ownedBy(owner: StoredObject, more: object = {}): object {
  const { apiVersion, kind, metadata } = owner;
  return { ownerReferences: [{ apiVersion, kind, name: metadata.name, uid: metadata.uid, ...more }] };
}

async function exists(path: string): Promise<boolean> {
  await api.settle();
  return (await api.call('GET', path)).status === 200;
}

describe('garbage collector', () => {
  it('deletes dependents after their owner, and theirs after them', async () => {
    const owner = await api.ok('POST', MAPS, aConfigMap('owner'));
    const child = await api.ok('POST', MAPS, aConfigMap('child', ownedBy(owner)));
    await api.ok('POST', MAPS, aConfigMap('grandchild', ownedBy(child)));
    expect(await exists(`${MAPS}/grandchild`)).toBe(true);
    await api.ok('DELETE', `${MAPS}/owner`);
    expect(await exists(`${MAPS}/child`)).toBe(false);
    expect(await exists(`${MAPS}/grandchild`)).toBe(false);
  });

  it('collects an object whose owner of that uid never existed', async () => {
    const owner = await api.ok('POST', MAPS, aConfigMap('owner'));
    const metadata = ownedBy({ ...owner, metadata: { ...owner.metadata, uid: 'another' } });
    await api.ok('POST', MAPS, aConfigMap('child', metadata));
    expect(await exists(`${MAPS}/child`)).toBe(false);
  });

  it('leaves an object whose owner is of a kind that is not served', async () => {
    const ownerReferences = [{ apiVersion: 'no.such/v1', kind: 'Thing', name: 't', uid: 'u' }];
    await api.ok('POST', MAPS, aConfigMap('child', { ownerReferences }));
    expect(await exists(`${MAPS}/child`)).toBe(true);
  });

  it('keeps an object that another owner holds, without the reference to the one that is gone', async () => {
    const [a, b] = [await api.ok('POST', MAPS, aConfigMap('a')), await api.ok('POST', MAPS, aConfigMap('b'))];
    const refs = [ownedBy(a), ownedBy(b)].flatMap(
      (one) => (one as { ownerReferences: object[] }).ownerReferences,
    );
    await api.ok('POST', MAPS, aConfigMap('child', { ownerReferences: refs }));
    await api.ok('DELETE', `${MAPS}/a`);
    await api.settle();
    const child = await api.ok('GET', `${MAPS}/child`);
    expect(child.metadata.ownerReferences?.map(({ name }) => name)).toEqual(['b']);
  });

  it('in the foreground, lets the owner go after its blocking dependents', async () => {
    const owner = await api.ok('POST', MAPS, aConfigMap('owner'));
    const metadata = { ...ownedBy(owner, { blockOwnerDeletion: true }), finalizers: ['x/hold'] };
    await api.ok('POST', MAPS, aConfigMap('child', metadata));
    await api.ok('DELETE', `${MAPS}/owner`, { propagationPolicy: 'Foreground' });
    expect(await exists(`${MAPS}/owner`)).toBe(true);
    expect((await api.ok('GET', `${MAPS}/child`)).metadata.deletionTimestamp).toBeDefined();
    await api.ok('PATCH', `${MAPS}/child`, { metadata: { finalizers: null } }, MERGE);
    expect(await exists(`${MAPS}/owner`)).toBe(false);
  });

  it('with orphans, keeps the dependents without the reference', async () => {
    const owner = await api.ok('POST', MAPS, aConfigMap('owner'));
    await api.ok('POST', MAPS, aConfigMap('child', ownedBy(owner)));
    await api.ok('DELETE', `${MAPS}/owner`, { propagationPolicy: 'Orphan' });
    expect(await exists(`${MAPS}/owner`)).toBe(false);
    expect((await api.ok('GET', `${MAPS}/child`)).metadata.ownerReferences).toBeUndefined();
  });
});

describe('garbage collector after a restart', () => {
  it('collects what lost its owner while nobody looked', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kubelite-'));
    const first = await testApi({ dataDir: folder });
    const owner = await first.ok('POST', MAPS, aConfigMap('owner'));
    await first.ok('POST', MAPS, aConfigMap('child', ownedBy(owner)));
    // The two follow each other so closely that the collector has no turn in between.
    await Promise.all([first.ok('DELETE', `${MAPS}/owner`), first.kubelite.stop()]);
    const second = await testApi({ dataDir: folder });
    await expect.poll(async () => (await second.call('GET', `${MAPS}/child`)).status).toBe(404);
    await second.kubelite.stop();
    await rm(folder, { recursive: true });
  });
});

describe('namespace controller', () => {
  const TEAM = '/api/v1/namespaces/team';

  beforeEach(async () => {
    await api.ok('POST', '/api/v1/namespaces', { metadata: { name: 'team' } });
    await api.settle();
  });

  it('gives each namespace the account `default`, again when it is deleted', async () => {
    expect(await exists(`${TEAM}/serviceaccounts/default`)).toBe(true);
    await api.ok('DELETE', `${TEAM}/serviceaccounts/default`);
    expect(await exists(`${TEAM}/serviceaccounts/default`)).toBe(true);
  });

  it('empties a namespace, then lets it go', async () => {
    await api.ok('POST', `${TEAM}/configmaps`, aConfigMap('a'));
    await api.ok('DELETE', TEAM);
    expect(await exists(TEAM)).toBe(false);
    expect((await api.call('GET', '/api/v1/configmaps')).body.items).toEqual([]);
  });

  it('waits for finalizers, says so, and refuses new objects meanwhile', async () => {
    await api.ok('POST', `${TEAM}/configmaps`, aConfigMap('a', { finalizers: ['x/hold'] }));
    await api.ok('DELETE', TEAM);
    await api.settle();
    const { status } = await api.ok('GET', TEAM);
    expect(status).toMatchObject({
      phase: 'Terminating',
      conditions: expect.arrayContaining([
        expect.objectContaining({
          type: 'NamespaceFinalizersRemaining',
          status: 'True',
          message: expect.stringContaining('x/hold in 1 resource instances') as unknown,
        }),
      ]) as unknown,
    });
    const refused = await api.call('POST', `${TEAM}/configmaps`, aConfigMap('b'));
    expect(refused.status).toBe(403);
    expect(refused.body).toMatchObject({ details: { causes: [{ reason: 'NamespaceTerminating' }] } });
    await api.ok('PATCH', `${TEAM}/configmaps/a`, { metadata: { finalizers: null } }, MERGE);
    expect(await exists(TEAM)).toBe(false);
  });

  it('deletes pods before everything else', async () => {
    await api.ok('POST', `${TEAM}/pods`, aPod('p'));
    await api.ok('POST', `${TEAM}/pods/p/binding`, {
      metadata: { name: 'p' },
      target: { kind: 'Node', name: 'n1' },
    });
    await api.ok('POST', `${TEAM}/configmaps`, aConfigMap('a'));
    await api.ok('DELETE', TEAM);
    expect(await exists(`${TEAM}/configmaps/a`)).toBe(true);
    await api.ok('DELETE', `${TEAM}/pods/p`, { gracePeriodSeconds: 0 });
    expect(await exists(TEAM)).toBe(false);
  });

  it('protects the namespaces that every cluster has', async () => {
    const { status, body } = await api.call('DELETE', '/api/v1/namespaces/default');
    expect([status, body.message]).toEqual([
      403,
      'namespaces "default" is forbidden: this namespace may not be deleted',
    ]);
  });
});

describe('CRD controller', () => {
  const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const THINGS = '/apis/example.dev/v1/namespaces/default/things';
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.dev' },
    spec: {
      group: 'example.dev',
      scope: 'Namespaced',
      names: { plural: 'things', singular: 'thing', kind: 'Thing', shortNames: ['th'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: { type: 'object', properties: { size: { type: 'integer', default: 3 } } },
                status: { type: 'object', properties: { done: { type: 'boolean' } } },
              },
            },
          },
        },
      ],
    },
  };
  const thing = (name: string, spec: object = {}) => ({
    apiVersion: 'example.dev/v1',
    kind: 'Thing',
    metadata: { name },
    spec,
  });

  beforeEach(async () => {
    await api.ok('POST', CRDS, crd);
    await api.settle();
  });

  it('serves the kind with defaults, status apart and a generation of its spec', async () => {
    const { status } = await api.ok('GET', `${CRDS}/things.example.dev`);
    expect(status).toMatchObject({
      conditions: [
        { type: 'NamesAccepted', status: 'True' },
        { type: 'Established', status: 'True' },
      ],
    });
    const made = await api.ok('POST', THINGS, { ...thing('t'), status: { done: true } });
    expect([made.spec, made.status, made.metadata.generation]).toEqual([{ size: 3 }, undefined, 1]);
    const told = await api.ok(
      'PATCH',
      `${THINGS}/t/status`,
      { status: { done: true }, spec: { size: 9 } },
      MERGE,
    );
    expect([told.spec, told.status, told.metadata.generation]).toEqual([{ size: 3 }, { done: true }, 1]);
    const grown = await api.ok('PATCH', `${THINGS}/t`, { spec: { size: 4 } }, MERGE);
    expect(grown.metadata.generation).toBe(2);
  });

  it('refuses what its schema refuses', async () => {
    const { status, body } = await api.call('POST', THINGS, thing('t', { size: 'big' }));
    expect([status, body.reason]).toEqual([422, 'Invalid']);
    expect(body.message).toContain('spec.size');
  });

  it('shows its columns', async () => {
    await api.ok('POST', THINGS, thing('t'));
    const watch = await api.watch(`${THINGS}?watch=1`, 'application/json;as=Table;v=v1;g=meta.k8s.io');
    await api.settle();
    expect(watch.events[0]?.object).toMatchObject({ rows: [{ cells: ['t', 3] }] });
  });

  it('takes the objects with it, and is served no more', async () => {
    await api.ok('POST', THINGS, { ...thing('t'), metadata: { name: 't', finalizers: ['x/hold'] } });
    const watch = await api.watch(`${THINGS}?watch=1`);
    await api.ok('DELETE', `${CRDS}/things.example.dev`);
    await api.settle();
    expect((await api.ok('GET', `${THINGS}/t`)).metadata.deletionTimestamp).toBeDefined();
    await api.ok('PATCH', `${THINGS}/t`, { metadata: { finalizers: null } }, MERGE);
    await api.settle();
    expect((await api.call('GET', `${CRDS}/things.example.dev`)).status).toBe(404);
    expect((await api.call('GET', THINGS)).status).toBe(404);
    expect([watch.seen(), watch.ended()]).toEqual([['ADDED t', 'MODIFIED t', 'DELETED t'], true]);
  });

  it('refuses a kind whose names are taken', async () => {
    const other = {
      ...crd,
      metadata: { name: 'stuff.example.dev' },
      spec: { ...crd.spec, names: { plural: 'stuff', singular: 'stuff', kind: 'Thing' } },
    };
    await api.ok('POST', CRDS, other);
    await api.settle();
    const { status } = await api.ok('GET', `${CRDS}/stuff.example.dev`);
    expect(status).toMatchObject({
      conditions: [
        { type: 'NamesAccepted', status: 'False', reason: 'KindConflict' },
        { type: 'Established', status: 'False' },
      ],
    });
    expect((await api.call('GET', '/apis/example.dev/v1/stuff')).status).toBe(404);
  });
});
