import { beforeEach, describe, expect, it } from 'vitest';
import { aConfigMap, aPod, type TestApi, testApi } from '../testing/testApi.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const PODS = '/api/v1/namespaces/default/pods';
const MERGE = 'application/merge-patch+json';

let api: TestApi;
beforeEach(async () => {
  api = await testApi();
});

async function makeMaps(...names: readonly string[]): Promise<void> {
  for (const name of names) await api.ok('POST', MAPS, aConfigMap(name));
}

const names = (items: readonly { metadata: { name: string } }[]) =>
  items.map(({ metadata }) => metadata.name);

describe('list', () => {
  it('gives pages of one version, whatever changes in between', async () => {
    await makeMaps('a', 'b', 'c', 'd', 'e');
    const first = await api.call('GET', `${MAPS}?limit=2`);
    await api.ok('DELETE', `${MAPS}/d`);
    await makeMaps('bb');
    const metadata = first.body.metadata as unknown as { continue: string; remainingItemCount: number };
    const second = await api.call('GET', `${MAPS}?limit=9&continue=${metadata.continue}`);
    expect(names(first.body.items)).toEqual(['a', 'b']);
    expect(metadata.remainingItemCount).toBe(3);
    expect(names(second.body.items)).toEqual(['c', 'd', 'e']);
    expect(second.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
  });

  it('refuses an expired token with 410 and one to go on with', async () => {
    await makeMaps('a', 'b', 'c');
    const first = await api.call('GET', `${MAPS}?limit=1`);
    await makeMaps('d');
    api.kubelite.compact();
    const token = (first.body.metadata as unknown as { continue: string }).continue;
    const { status, body } = await api.call('GET', `${MAPS}?continue=${token}`);
    expect([status, body.reason]).toEqual([410, 'Expired']);
    const rest = await api.call(
      'GET',
      `${MAPS}?continue=${(body.metadata as unknown as { continue: string }).continue}`,
    );
    expect(names(rest.body.items)).toEqual(['b', 'c', 'd']);
  });

  it('selects by labels and by fields, and refuses a field that the kind has not got', async () => {
    await api.ok('POST', PODS, aPod('p', {}, { labels: { app: 'x' } }));
    await api.ok('POST', PODS, aPod('q'));
    await api.ok('POST', `${PODS}/q/binding`, {
      metadata: { name: 'q' },
      target: { kind: 'Node', name: 'n1' },
    });
    const select = async (query: string) => names((await api.call('GET', `${PODS}?${query}`)).body.items);
    expect(await select('labelSelector=app%20in%20(x,y)')).toEqual(['p']);
    expect(await select('fieldSelector=spec.nodeName%3Dn1')).toEqual(['q']);
    expect(await select('fieldSelector=metadata.name%3Dp,status.phase%3DPending')).toEqual(['p']);
    const { status, body } = await api.call('GET', `${PODS}?fieldSelector=spec.colour%3Dred`);
    expect([status, body.message]).toEqual([400, 'field label not supported: spec.colour']);
  });

  it('gives an exact older version, and refuses one to come', async () => {
    await makeMaps('a');
    const { body } = await api.call('GET', MAPS);
    await makeMaps('b');
    const version = body.metadata.resourceVersion;
    const exact = await api.call('GET', `${MAPS}?resourceVersion=${version}&resourceVersionMatch=Exact`);
    expect(names(exact.body.items)).toEqual(['a']);
    const future = await api.call('GET', `${MAPS}?resourceVersion=${Number(version) + 100}`);
    expect([future.status, future.body.reason]).toEqual([504, 'Timeout']);
  });
});

describe('watch', () => {
  it('starts with what exists, then tells each change in order', async () => {
    await makeMaps('a', 'b');
    const watch = await api.watch(`${MAPS}?watch=true`);
    await makeMaps('c');
    await api.ok('PATCH', `${MAPS}/a`, { data: { k: 'v' } }, MERGE);
    await api.ok('DELETE', `${MAPS}/b`);
    await api.settle();
    expect(watch.seen()).toEqual(['ADDED a', 'ADDED b', 'ADDED c', 'MODIFIED a', 'DELETED b']);
  });

  it('goes on from a version without losing or repeating a change', async () => {
    await makeMaps('a');
    const { body } = await api.call('GET', MAPS);
    await makeMaps('b');
    const watch = await api.watch(`${MAPS}?watch=1&resourceVersion=${body.metadata.resourceVersion}`);
    await makeMaps('c');
    await api.settle();
    expect(watch.seen()).toEqual(['ADDED b', 'ADDED c']);
  });

  it('streams the initial list with a bookmark at its end', async () => {
    await makeMaps('a');
    const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const watch = await api.watch(`${MAPS}?${query}`);
    await api.settle();
    expect(watch.seen()).toEqual(['ADDED a', 'BOOKMARK']);
    expect(watch.events[1]?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
  });

  it('sends bookmarks about once a minute and at its end, and ends in time', async () => {
    const watch = await api.watch(`${MAPS}?watch=1&allowWatchBookmarks=true&timeoutSeconds=90`);
    await makeMaps('a');
    await api.clock.advance(89_000);
    expect(watch.seen()).toEqual(['ADDED a', 'BOOKMARK']);
    await api.clock.advance(1_000);
    expect(watch.seen()).toEqual(['ADDED a', 'BOOKMARK', 'BOOKMARK']);
    expect(watch.ended()).toBe(true);
    expect(watch.events[2]?.object.metadata.resourceVersion).toBe(
      watch.events[0]?.object.metadata.resourceVersion,
    );
  });

  it('ends with an ERROR event of 410 when its version is forgotten', async () => {
    await makeMaps('a');
    const { body } = await api.call('GET', MAPS);
    await makeMaps('b');
    api.kubelite.compact();
    const watch = await api.watch(`${MAPS}?watch=1&resourceVersion=${body.metadata.resourceVersion}`);
    await api.settle();
    expect(watch.events).toMatchObject([
      { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } },
    ]);
    expect(watch.ended()).toBe(true);
  });

  it('says DELETED of an object that leaves the selection, as it was, and ADDED of one that enters', async () => {
    await api.ok('POST', MAPS, aConfigMap('a', { labels: { on: 'yes' } }));
    await makeMaps('b');
    const watch = await api.watch(`${MAPS}?watch=1&labelSelector=on%3Dyes`);
    const left = await api.ok('PATCH', `${MAPS}/a`, { metadata: { labels: { on: 'no' } } }, MERGE);
    await api.ok('PATCH', `${MAPS}/b`, { metadata: { labels: { on: 'yes' } } }, MERGE);
    await api.settle();
    expect(watch.seen()).toEqual(['ADDED a', 'DELETED a', 'ADDED b']);
    const { labels, resourceVersion } = watch.events[1]?.object.metadata ?? {};
    expect([labels, resourceVersion]).toEqual([{ on: 'yes' }, left.metadata.resourceVersion]);
  });

  it('ends when the client goes or kubelite stops', async () => {
    const [gone, left] = [await api.watch(`${MAPS}?watch=1`), await api.watch(`${MAPS}?watch=1`)];
    gone.close();
    await api.settle();
    expect([gone.ended(), left.ended()]).toEqual([true, false]);
    await api.kubelite.stop();
    await api.settle();
    expect(left.ended()).toBe(true);
  });

  it('ends the watch of a reader that is too slow', async () => {
    const response = await api.kubelite.handler({ method: 'GET', path: `${MAPS}?watch=1`, headers: {} });
    const data = { text: 'x'.repeat(500_000) };
    for (let number = 0; number < 30; number++)
      await api.ok('POST', MAPS, aConfigMap(`m${number}`, {}, data));
    let bytes = 0;
    for await (const chunk of response.body) bytes += chunk.byteLength;
    expect(bytes).toBe(0);
  });

  it('shows rows of a Table, the heads once', async () => {
    await makeMaps('a');
    const watch = await api.watch(
      `${MAPS}?watch=1`,
      'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
    );
    await makeMaps('b');
    await api.settle();
    expect(watch.events).toMatchObject([
      {
        type: 'ADDED',
        object: {
          kind: 'Table',
          columnDefinitions: [{ name: 'Name' }, { name: 'Data' }, { name: 'Age' }],
          rows: [{ cells: ['a', '0', '0s'] }],
        },
      },
      {
        type: 'ADDED',
        object: { kind: 'Table', columnDefinitions: [], rows: [{ cells: ['b', '0', '0s'] }] },
      },
    ]);
  });
});
