import { beforeEach, describe, expect, it } from 'vitest';
import { aConfigMap, aPod, type TestApi, testApi } from '../testing/testApi.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const PODS = '/api/v1/namespaces/default/pods';

let api: TestApi;
beforeEach(async () => {
  api = await testApi();
});

async function bind(name: string): Promise<void> {
  await api.ok('POST', `${PODS}/${name}/binding`, {
    metadata: { name },
    target: { kind: 'Node', name: 'n1' },
  });
}

describe('create', () => {
  it('gives uid, creationTimestamp and a resourceVersion above every earlier one', async () => {
    const a = await api.ok('POST', MAPS, aConfigMap('a'));
    const b = await api.ok('POST', MAPS, aConfigMap('b'));
    expect(a.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(a.metadata.creationTimestamp).toBe('2030-01-01T00:00:00Z');
    expect(Number(b.metadata.resourceVersion)).toBeGreaterThan(Number(a.metadata.resourceVersion));
  });

  it('makes a name of generateName, another one each time', async () => {
    const body = { ...aConfigMap(''), metadata: { generateName: 'run-' } };
    const [a, b] = [await api.ok('POST', MAPS, body), await api.ok('POST', MAPS, body)];
    expect(a.metadata.name).toMatch(/^run-[bcdfghjklmnpqrstvwxz2-9]{5}$/);
    expect(b.metadata.name).not.toBe(a.metadata.name);
  });

  it('refuses a taken name with 409 AlreadyExists', async () => {
    await api.ok('POST', MAPS, aConfigMap('a'));
    const { status, body } = await api.call('POST', MAPS, aConfigMap('a'));
    expect([status, body.reason, body.message]).toEqual([
      409,
      'AlreadyExists',
      'configmaps "a" already exists',
    ]);
  });

  it('refuses another kind, another namespace, and a namespace that is not there', async () => {
    const kind = await api.call('POST', MAPS, { ...aConfigMap('a'), kind: 'Secret' });
    const namespace = await api.call('POST', MAPS, aConfigMap('a', { namespace: 'other' }));
    const missing = await api.call('POST', '/api/v1/namespaces/none/configmaps', aConfigMap('a'));
    expect([kind.status, namespace.status, missing.status]).toEqual([400, 400, 404]);
    expect(missing.body.message).toBe('namespaces "none" not found');
  });

  it('stores nothing on a dry run, but says what it would store', async () => {
    const made = await api.ok('POST', `${MAPS}?dryRun=All`, aConfigMap('a'));
    expect(made.metadata.uid).toBeDefined();
    expect((await api.call('GET', `${MAPS}/a`)).status).toBe(404);
  });

  it('warns of unknown fields by default and refuses them under Strict', async () => {
    const body = { ...aConfigMap('a'), dta: {} };
    const strict = await api.call('POST', `${MAPS}?fieldValidation=Strict`, body);
    const warned = await api.call('POST', MAPS, body);
    expect([strict.status, warned.status]).toEqual([400, 201]);
    expect(strict.body.message).toContain('unknown field "dta"');
    expect(warned.headers['warning']).toBe('299 - "unknown field \\"dta\\""');
  });

  it('keeps the client from setting what is the server’s', async () => {
    const made = await api.ok(
      'POST',
      MAPS,
      aConfigMap('a', { uid: 'mine', deletionTimestamp: '2020-01-01T00:00:00Z' }),
    );
    expect(made.metadata.uid).not.toBe('mine');
    expect(made.metadata.deletionTimestamp).toBeUndefined();
  });
});

describe('update', () => {
  it('refuses an older resourceVersion with the message of Kubernetes', async () => {
    const first = await api.ok('POST', MAPS, aConfigMap('a'));
    await api.ok('PUT', `${MAPS}/a`, { ...first, data: { k: '1' } });
    const { status, body } = await api.call('PUT', `${MAPS}/a`, { ...first, data: { k: '2' } });
    expect(status).toBe(409);
    expect(body.message).toBe(
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to ' +
        'the latest version and try again',
    );
  });

  it('refuses another uid, and another name than the URL’s', async () => {
    await api.ok('POST', MAPS, aConfigMap('a'));
    expect((await api.call('PUT', `${MAPS}/a`, aConfigMap('a', { uid: 'other' }))).status).toBe(409);
    expect((await api.call('PUT', `${MAPS}/a`, aConfigMap('b'))).status).toBe(400);
  });

  it('writes nothing when nothing changes', async () => {
    const first = await api.ok('POST', MAPS, aConfigMap('a', {}, { k: '1' }));
    const again = await api.ok('PUT', `${MAPS}/a`, aConfigMap('a', {}, { k: '1' }));
    expect(again.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  it('keeps spec and status apart', async () => {
    const pod = await api.ok('POST', PODS, aPod('p'));
    const main = await api.ok('PUT', `${PODS}/p`, { ...pod, status: { phase: 'Failed' } });
    expect((main.status as { phase: string }).phase).toBe('Pending');
    const spec = { ...(pod.spec as object), nodeName: 'n9' };
    const status = await api.ok('PUT', `${PODS}/p/status`, { ...main, spec, status: { phase: 'Running' } });
    expect((status.status as { phase: string }).phase).toBe('Running');
    expect((status.spec as { nodeName?: string }).nodeName).toBeUndefined();
  });

  it('raises the generation with the spec alone', async () => {
    await api.ok('POST', PODS, aPod('p', { schedulingGates: [{ name: 'a/b' }] }));
    const merge = 'application/merge-patch+json';
    const labelled = await api.ok('PATCH', `${PODS}/p`, { metadata: { labels: { a: 'b' } } }, merge);
    const told = await api.ok('PATCH', `${PODS}/p/status`, { status: { message: 'x' } }, merge);
    const ungated = await api.ok('PATCH', `${PODS}/p`, { spec: { schedulingGates: null } }, merge);
    expect([labelled, told, ungated].map(({ metadata }) => metadata.generation)).toEqual([1, 1, 2]);
  });

  it('lets nobody change a pod’s command, but its image', async () => {
    await api.ok('POST', PODS, aPod('p'));
    const replace = (field: string, value: unknown) =>
      api.call(
        'PATCH',
        `${PODS}/p`,
        [{ op: 'replace', path: `/spec/containers/0/${field}`, value }],
        'application/json-patch+json',
      );
    expect((await replace('image', 'other')).status).toBe(200);
    const { status, body } = await replace('command', ['false']);
    expect([status, body.reason]).toEqual([422, 'Invalid']);
    expect(body.message).toContain('pod updates may not change fields other than `spec.containers[*].image`');
  });

  it('wants a resourceVersion for a lease', async () => {
    const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' }, spec: {} };
    await api.ok('POST', leases, lease);
    const { status, body } = await api.call('PUT', `${leases}/l`, lease);
    expect([status, body.message]).toEqual([
      422,
      'leases.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    ]);
  });

  it('merges lists by key in a strategic patch', async () => {
    await api.ok('POST', PODS, aPod('p'));
    const body = { spec: { containers: [{ name: 'main', image: 'new' }] } };
    const pod = await api.ok('PATCH', `${PODS}/p`, body, 'application/strategic-merge-patch+json');
    expect((pod.spec as { containers: object[] }).containers).toMatchObject([
      { image: 'new', command: ['true'] },
    ]);
  });
});

describe('delete', () => {
  it('removes at once, and 404s then', async () => {
    await api.ok('POST', MAPS, aConfigMap('a'));
    await api.ok('DELETE', `${MAPS}/a`);
    expect((await api.call('DELETE', `${MAPS}/a`)).body.message).toBe('configmaps "a" not found');
  });

  it('holds uid and resourceVersion preconditions', async () => {
    const { metadata } = await api.ok('POST', MAPS, aConfigMap('a'));
    for (const preconditions of [{ uid: 'x' }, { resourceVersion: '1' }]) {
      expect((await api.call('DELETE', `${MAPS}/a`, { preconditions })).status).toBe(409);
    }
    await api.ok('DELETE', `${MAPS}/a`, { preconditions: { uid: metadata.uid } });
  });

  it('waits for finalizers, lets none be added, and goes with the last', async () => {
    await api.ok('POST', MAPS, aConfigMap('a', { finalizers: ['x/hold'] }));
    const marked = await api.ok('DELETE', `${MAPS}/a`);
    expect(marked.metadata).toMatchObject({
      deletionTimestamp: '2030-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 0,
    });
    const merge = 'application/merge-patch+json';
    const more = { metadata: { finalizers: ['x/hold', 'x/more'] } };
    expect((await api.call('PATCH', `${MAPS}/a`, more, merge)).status).toBe(422);
    await api.ok('PATCH', `${MAPS}/a`, { metadata: { finalizers: null } }, merge);
    expect((await api.call('GET', `${MAPS}/a`)).status).toBe(404);
  });

  it('takes an unscheduled pod away at once', async () => {
    await api.ok('POST', PODS, aPod('p'));
    await api.ok('DELETE', `${PODS}/p`);
    expect((await api.call('GET', `${PODS}/p`)).status).toBe(404);
  });

  it('gives a bound pod its grace, which a later delete only shortens, and 0 ends', async () => {
    await api.ok('POST', PODS, aPod('p'));
    await bind('p');
    const graceOf = async (seconds?: number) => {
      const { metadata } = await api.ok(
        'DELETE',
        `${PODS}/p`,
        seconds === undefined ? {} : { gracePeriodSeconds: seconds },
      );
      return [metadata.deletionGracePeriodSeconds, metadata.deletionTimestamp];
    };
    expect(await graceOf()).toEqual([30, '2030-01-01T00:00:30Z']);
    expect(await graceOf(60)).toEqual([30, '2030-01-01T00:00:30Z']);
    expect(await graceOf(5)).toEqual([5, '2030-01-01T00:00:05Z']);
    await graceOf(0);
    expect((await api.call('GET', `${PODS}/p`)).status).toBe(404);
  });

  it('takes a bound pod that has ended away at once, as the API server does', async () => {
    await api.ok('POST', PODS, aPod('p'));
    await bind('p');
    await api.ok(
      'PATCH',
      `${PODS}/p/status`,
      { status: { phase: 'Succeeded' } },
      'application/merge-patch+json',
    );
    await api.ok('DELETE', `${PODS}/p`);
    expect((await api.call('GET', `${PODS}/p`)).status).toBe(404);
  });

  it('deletes what a selector selects, and nothing else', async () => {
    await api.ok('POST', MAPS, aConfigMap('a', { labels: { go: 'yes' } }));
    await api.ok('POST', MAPS, aConfigMap('b'));
    await api.ok('DELETE', `${MAPS}?labelSelector=go%3Dyes`);
    const { body } = await api.call('GET', MAPS);
    expect(body.items.map(({ metadata }) => metadata.name)).toEqual(['b']);
  });
});

describe('delete, while somebody is told of it', () => {
  it('succeeds when whoever hears of the mark removes the pod first', async () => {
    await api.ok('POST', PODS, aPod('p', { nodeName: 'n1' }));
    const { registry } = api.kubelite;
    const pods = registry.resource('', 'pods');
    if (pods === undefined) throw new Error('pods are not served');
    await api.call('DELETE', `${PODS}/p`);
    let removal: Promise<void> | undefined;
    const stop = registry.watch(pods, ({ type, object }) => {
      const isMarked = type === 'MODIFIED' && object.metadata.deletionGracePeriodSeconds === 0;
      if (isMarked) removal = registry.delete(pods, 'default', 'p', { gracePeriodSeconds: 0 });
    });
    const answer = await api.call('DELETE', `${PODS}/p?gracePeriodSeconds=0`);
    await removal;
    stop();
    expect(answer.status).toBe(200);
    expect((await api.call('GET', `${PODS}/p`)).status).toBe(404);
  });
});

describe('binding and eviction', () => {
  it('binds a pod once, and no gated one', async () => {
    await api.ok('POST', PODS, aPod('p'));
    await bind('p');
    const { status, body } = await api.call('POST', `${PODS}/p/binding`, {
      metadata: { name: 'p' },
      target: { kind: 'Node', name: 'n2' },
    });
    expect([status, body.message]).toEqual([
      409,
      'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"',
    ]);
    await api.ok('POST', PODS, aPod('gated', { schedulingGates: [{ name: 'a/b' }] }));
    await expect(bind('gated')).rejects.toThrow('non-empty .spec.schedulingGates');
  });

  it('says why before an evicted pod goes', async () => {
    await api.ok('POST', PODS, aPod('p'));
    await bind('p');
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } };
    await api.ok('POST', `${PODS}/p/eviction`, eviction);
    const pod = await api.ok('GET', `${PODS}/p`);
    expect(pod.metadata.deletionGracePeriodSeconds).toBe(30);
    expect(pod.status).toMatchObject({
      conditions: expect.arrayContaining([
        expect.objectContaining({ type: 'DisruptionTarget', reason: 'EvictionByEvictionAPI' }),
      ]) as unknown,
    });
  });
});

describe('server-side apply', () => {
  const apply = (manager: string, body: object, more = '') =>
    api.call('PATCH', `${MAPS}/a?fieldManager=${manager}${more}`, body, 'application/apply-patch+yaml');

  it('creates, changes, and drops what its manager leaves out', async () => {
    expect((await apply('one', aConfigMap('a', {}, { x: '1', y: '1' }))).status).toBe(201);
    const { status, body } = await apply('one', aConfigMap('a', {}, { x: '2' }));
    expect([status, body['data']]).toEqual([200, { x: '2' }]);
  });

  it('keeps what others wrote', async () => {
    await apply('one', aConfigMap('a', {}, { x: '1' }));
    await api.ok('PATCH', `${MAPS}/a`, { data: { z: '3' } }, 'application/merge-patch+json');
    expect((await apply('two', aConfigMap('a', {}, { y: '2' }))).body['data']).toEqual({
      x: '1',
      y: '2',
      z: '3',
    });
  });

  it('refuses a field of another manager, and takes it with force', async () => {
    await apply('one', aConfigMap('a', {}, { x: '1' }));
    const { status, body } = await apply('two', aConfigMap('a', {}, { x: '2' }));
    expect([status, body.message]).toEqual([
      409,
      'Apply failed with 1 conflict: conflict with "one": .data.x',
    ]);
    expect((await apply('two', aConfigMap('a', {}, { x: '2' }), '&force=true')).body['data']).toEqual({
      x: '2',
    });
  });

  it('changes nothing when it is repeated', async () => {
    const first = await apply('one', aConfigMap('a', {}, { x: '1' }));
    await api.clock.advance(5_000);
    const again = await apply('one', aConfigMap('a', {}, { x: '1' }));
    expect(again.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
  });
});
