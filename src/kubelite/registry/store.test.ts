import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { memoryStorage } from '../storage/memory.ts';
import type { Storage } from '../storage/storage.ts';
import type { StoredObject } from '../types.ts';
import { Store } from './store.ts';

const object = (name: string) =>
  ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'n', uid: name },
  }) as unknown as StoredObject;

/** A disk whose commits end when the test says so. */
function slowDisk(): Storage & { readonly commits: number[]; finish(error?: Error): Promise<void> } {
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const commits: number[] = [];
  return {
    commits,
    load: async () => ({ resourceVersion: 0, objects: [] }),
    commit(writes) {
      commits.push(writes().length);
      return new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }));
    },
    async finish(error) {
      const { resolve, reject } = waiting.shift() ?? { resolve() {}, reject() {} };
      if (error) reject(error);
      else resolve();
      await new Promise((done) => setImmediate(done));
    },
    close: async () => {},
  };
}

async function open(storage: Storage): Promise<Store> {
  return Store.open({ storage, clock: virtualClock(), onListenerError: () => {} });
}

describe('Store', () => {
  it('shows a write to readers and listeners only when it is on disk', async () => {
    const disk = slowDisk();
    const store = await open(disk);
    const collection = store.collection('/configmaps');
    const seen: string[] = [];
    store.listen(collection, 0, ({ id }) => seen.push(id));
    const stored = store.put(collection, 'n/a', object('a'));
    expect([seen, collection.objects.size, store.head(collection, 'n/a')?.metadata.name]).toEqual([
      [],
      0,
      'a',
    ]);
    await disk.finish();
    await stored;
    expect([seen, collection.objects.size]).toEqual([['n/a'], 1]);
  });

  it('commits the writes that wait for the disk together', async () => {
    const disk = slowDisk();
    const store = await open(disk);
    const collection = store.collection('/configmaps');
    const writes = ['a', 'b', 'c', 'd'].map((name) => store.put(collection, `n/${name}`, object(name)));
    await disk.finish();
    await disk.finish();
    const versions = (await Promise.all(writes)).map(({ metadata }) => metadata.resourceVersion);
    expect([disk.commits, versions]).toEqual([
      [1, 3],
      ['1', '2', '3', '4'],
    ]);
  });

  it('is settled when the writes decided until then are stored, whatever comes after them', async () => {
    const disk = slowDisk();
    const store = await open(disk);
    const collection = store.collection('/configmaps');
    await store.settled();
    void store.put(collection, 'n/a', object('a'));
    const seen: string[] = [];
    const settled = store.settled().then(() => seen.push('settled'));
    void store.put(collection, 'n/b', object('b'));
    await new Promise((done) => setImmediate(done));
    expect(seen).toEqual([]);
    await disk.finish();
    await settled;
    expect([seen, collection.objects.size]).toEqual([['settled'], 1]);
    await disk.finish();
  });

  it('is settled too when the disk refuses', async () => {
    const disk = slowDisk();
    const store = await open(disk);
    const refused = store.put(store.collection('/configmaps'), 'n/a', object('a')).catch(() => 'refused');
    const settled = store.settled();
    await disk.finish(new Error('disk full'));
    await settled;
    expect(await refused).toBe('refused');
  });

  it('goes on once the storage could be mended, with what readers see in place of what failed', async () => {
    const clock = virtualClock();
    const disk = slowDisk();
    let room = false;
    const mends: { readonly key: string; readonly value: string | undefined }[][] = [];
    const mend: Storage['mend'] = async (state) => {
      mends.push([...state]);
      if (!room) throw new Error('still full');
    };
    const store = await Store.open({ storage: { ...disk, mend }, clock, onListenerError: () => {} });
    const collection = store.collection('/configmaps');
    const turn = () => new Promise((done) => setImmediate(done));
    const put = (name: string) => store.put(collection, `n/${name}`, object(name));
    const kept = put('kept');
    await disk.finish();
    await kept;
    const lost = Promise.allSettled([put('kept'), put('new')]);
    await disk.finish(new Error('disk full'));
    await lost;
    await expect(put('a')).rejects.toThrow('disk full');
    await turn();
    room = true;
    await expect(put('b')).rejects.toThrow('still full');
    await turn();
    // A second has not passed: it did not look again.
    expect(mends).toHaveLength(1);
    await clock.advance(1_000);
    await expect(put('c')).rejects.toThrow('still full');
    await turn();
    expect(mends[1]).toEqual([
      { key: '/configmaps/n/kept', value: JSON.stringify(collection.objects.get('n/kept')) },
      { key: '/configmaps/n/new', value: undefined },
    ]);
    const good = put('d');
    await disk.finish();
    expect(Number((await good).metadata.resourceVersion)).toBeGreaterThan(3);
    expect([...collection.objects.keys()]).toEqual(['n/kept', 'n/d']);
  });

  it('refuses what the disk refused and everything after it, and shows none of it', async () => {
    const disk = slowDisk();
    const store = await open(disk);
    const collection = store.collection('/configmaps');
    const writes = ['a', 'b'].map((name) => store.put(collection, `n/${name}`, object(name)));
    const results = Promise.allSettled(writes);
    await disk.finish(new Error('disk full'));
    expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(store.put(collection, 'n/c', object('c'))).rejects.toThrow('disk full');
    expect([collection.objects.size, store.head(collection, 'n/a'), store.version]).toEqual([
      0,
      undefined,
      0,
    ]);
  });

  it('tells every listener the same order, also of what a listener writes', async () => {
    const store = await open(memoryStorage());
    const collection = store.collection('/configmaps');
    const [first, second]: string[][] = [[], []];
    store.listen(collection, 0, ({ id }) => {
      first?.push(id);
      if (id === 'n/a') void store.put(collection, 'n/b', object('b'));
    });
    store.listen(collection, 0, ({ id }) => second?.push(id));
    await store.put(collection, 'n/a', object('a'));
    expect([first, second]).toEqual([
      ['n/a', 'n/b'],
      ['n/a', 'n/b'],
    ]);
  });

  it('serves the other listeners when one throws', async () => {
    const errors: unknown[] = [];
    const store = await Store.open({
      storage: memoryStorage(),
      clock: virtualClock(),
      onListenerError: (error) => errors.push(error),
    });
    const collection = store.collection('/configmaps');
    const seen: string[] = [];
    store.listen(collection, 0, () => {
      throw new Error('broken');
    });
    store.listen(collection, 0, ({ id }) => seen.push(id));
    await store.put(collection, 'n/a', object('a'));
    expect([seen, errors.length]).toEqual([['n/a'], 1]);
  });

  it('keeps no more history than its limits', async () => {
    const clock = virtualClock();
    const history = { changes: 3, ms: 1_000 };
    const store = await Store.open({ storage: memoryStorage(), clock, onListenerError: () => {}, history });
    const collection = store.collection('/configmaps');
    for (const name of ['a', 'b', 'c', 'd']) await store.put(collection, `n/${name}`, object(name));
    expect([store.listen(collection, 0, () => {}), typeof store.listen(collection, 1, () => {})]).toEqual([
      undefined,
      'function',
    ]);
    await clock.advance(2_000);
    await store.put(collection, 'n/e', object('e'));
    expect(collection.history.map(({ id }) => id)).toEqual(['n/e']);
  });
});
