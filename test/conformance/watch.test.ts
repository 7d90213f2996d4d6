import { describe, expect, it } from 'vitest';
import { configMaps } from '../../src/kube/resources.ts';
import type { WatchEvent } from '../../src/kube/types.ts';
import { useCluster } from '../support/cluster.ts';

const cluster = useCluster();

/** Reads events until `enough` says so, then ends the watch. */
async function read<T>(events: AsyncIterable<WatchEvent<T>>, enough: (seen: WatchEvent<T>[]) => boolean) {
  const seen: WatchEvent<T>[] = [];
  for await (const event of events) {
    seen.push(event);
    if (enough(seen)) break;
  }
  return seen;
}

function said(event: WatchEvent<{ metadata?: { name?: string } }>): string {
  return event.type === 'BOOKMARK' ? 'BOOKMARK' : `${event.type} ${event.object.metadata?.name}`;
}

describe('watching a resource', () => {
  it('from the version of a list gives every later change, once and in order', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    const { resourceVersion } = await client.list(configMaps, { namespace });
    await client.create(configMaps, { metadata: { name: 'a', namespace } });
    await client.patch(configMaps, { namespace, name: 'a' }, { type: 'merge', body: { data: { n: '1' } } });
    await client.create(configMaps, { metadata: { name: 'b', namespace } });
    await client.delete(configMaps, { namespace, name: 'a' });
    const options = { namespace, resourceVersion, fieldSelector: 'metadata.name!=kube-root-ca.crt' };
    const seen = await read(client.watch(configMaps, options), (events) => events.length === 4);
    expect(seen.map(said)).toEqual(['ADDED a', 'MODIFIED a', 'ADDED b', 'DELETED a']);
  });

  it('with initial events streams what exists, then says that this was all', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    await client.create(configMaps, { metadata: { name: 'a', namespace, labels: { t: 'x' } } });
    await client.create(configMaps, { metadata: { name: 'b', namespace, labels: { t: 'x' } } });
    const options = { namespace, labelSelector: 't=x', sendInitialEvents: true, allowBookmarks: true };
    const seen = await read(
      client.watch(configMaps, options),
      (events) => events.at(-1)?.type === 'BOOKMARK',
    );
    expect(seen.slice(0, 2).map(said).sort()).toEqual(['ADDED a', 'ADDED b']);
    expect(seen[2]).toMatchObject({ type: 'BOOKMARK', initialEventsEnd: true });
  });

  it('says DELETED for an object that leaves the selector, and ADDED for one that enters it', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    const ref = { namespace, name: 'a' };
    const { resourceVersion } = await client.list(configMaps, { namespace });
    await client.create(configMaps, { metadata: { ...ref, labels: { t: 'no' } } });
    await client.patch(configMaps, ref, { type: 'merge', body: { metadata: { labels: { t: 'yes' } } } });
    await client.patch(configMaps, ref, { type: 'merge', body: { metadata: { labels: { t: 'no' } } } });
    const options = { namespace, labelSelector: 't=yes', resourceVersion };
    const seen = await read(client.watch(configMaps, options), (events) => events.length === 2);
    expect(seen.map(said)).toEqual(['ADDED a', 'DELETED a']);
  });

  it('gives a deleted object as it last was, at a newer version', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    const made = await client.create(configMaps, { metadata: { name: 'a', namespace }, data: { n: '1' } });
    await client.delete(configMaps, { namespace, name: 'a' });
    const resourceVersion = made.metadata?.resourceVersion ?? '';
    const [event] = await read(
      client.watch(configMaps, { namespace, resourceVersion }),
      (seen) => seen.length === 1,
    );
    expect(event).toMatchObject({ type: 'DELETED', object: { data: { n: '1' } } });
    if (event?.type !== 'DELETED') throw new Error('no DELETED event');
    expect(Number(event.object.metadata?.resourceVersion)).toBeGreaterThan(Number(resourceVersion));
  });

  it('lists page by page one consistent state', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    for (const name of ['a', 'b', 'c'])
      await client.create(configMaps, { metadata: { name, namespace, labels: { t: 'p' } } });
    const first = await client.list(configMaps, { namespace, labelSelector: 't=p', limit: 2 });
    await client.create(configMaps, { metadata: { name: 'd', namespace, labels: { t: 'p' } } });
    const options = { namespace, labelSelector: 't=p', limit: 2, continueToken: first.continueToken ?? '' };
    const second = await client.list(configMaps, options);
    const names = [...first.items, ...second.items].map((item) => item.metadata?.name);
    expect(names).toEqual(['a', 'b', 'c']);
    expect(second.resourceVersion).toBe(first.resourceVersion);
    expect(second.continueToken ?? '').toBe('');
  });

  it('selects by label expressions and by fields', async () => {
    const { client } = cluster();
    const namespace = await cluster().namespace();
    await client.create(configMaps, {
      metadata: { name: 'a', namespace, labels: { env: 'dev', team: 'x' } },
    });
    await client.create(configMaps, { metadata: { name: 'b', namespace, labels: { env: 'prod' } } });
    await client.create(configMaps, { metadata: { name: 'c', namespace, labels: { team: 'x' } } });
    const names = async (labelSelector: string) =>
      (await client.list(configMaps, { namespace, labelSelector })).items.map((item) => item.metadata?.name);
    expect(await names('env in (dev, prod)')).toEqual(['a', 'b']);
    expect(await names('env, !team')).toEqual(['b']);
    expect(await names('team=x,env!=dev')).toEqual(['c']);
    const byField = await client.list(configMaps, { namespace, fieldSelector: 'metadata.name=b' });
    expect(byField.items.map((item) => item.metadata?.name)).toEqual(['b']);
  });
});
