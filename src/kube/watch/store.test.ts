import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../types.ts';
import { byLabel, byNamespace, type Change, objectKey, refOfKey, Store, slim } from './store.ts';

interface Thing extends KubeObject {
  spec?: { size: number };
}

function thing(
  name: string,
  version: string,
  more: { uid?: string; labels?: Record<string, string> } = {},
): Thing {
  const { uid = `uid-${name}`, labels = {} } = more;
  return { kind: 'Thing', metadata: { namespace: 'ns', name, uid, resourceVersion: version, labels } };
}

function aStore() {
  const errors: unknown[] = [];
  const indexes = { namespace: byNamespace, colour: byLabel('colour') };
  const store = new Store<Thing, keyof typeof indexes>(indexes, (error) => errors.push(error));
  const changes: Change<Thing>[] = [];
  store.onChange((change) => void changes.push(change));
  const told = () =>
    changes
      .splice(0)
      .map(
        (change) =>
          `${change.kind} ${change.object.metadata?.uid}@${change.object.metadata?.resourceVersion}`,
      );
  return { store, errors, changes, told };
}

describe('Store', () => {
  it('tells of added, updated and deleted objects with what was before', () => {
    const { store, changes } = aStore();
    const [first, second, last] = [thing('a', '1'), thing('a', '2'), thing('a', '3')];
    store.set(first, { initial: false });
    store.set(second, { initial: false });
    store.remove(last);
    expect(changes).toEqual([
      { kind: 'added', key: 'ns/a', object: first, initial: false },
      { kind: 'updated', key: 'ns/a', object: second, previous: first },
      { kind: 'deleted', key: 'ns/a', object: last, stale: false },
    ]);
    expect(store.size).toBe(0);
  });

  it('says nothing when the same version comes again', () => {
    const { store, told } = aStore();
    store.set(thing('a', '1'), { initial: false });
    store.set(thing('a', '1'), { initial: false });
    store.replace([thing('a', '1')]);
    expect(told()).toEqual(['added uid-a@1']);
  });

  it('deletes, as stale and with the last known object, what a fresh list lacks', () => {
    const { store, changes } = aStore();
    const gone = thing('gone', '1');
    store.replace([gone, thing('stays', '2')]);
    changes.length = 0;
    store.replace([thing('stays', '2')]);
    expect(changes).toEqual([{ kind: 'deleted', key: 'ns/gone', object: gone, stale: true }]);
  });

  it('takes another uid under the same name for another object', () => {
    const { store, told } = aStore();
    store.set(thing('a', '1'), { initial: false });
    store.set(thing('a', '5', { uid: 'other' }), { initial: false });
    store.remove(thing('a', '6'));
    expect(told()).toEqual(['added uid-a@1', 'deleted uid-a@1', 'added other@5']);
    expect(store.getByKey('ns/a')?.metadata?.uid).toBe('other');
  });

  it('keeps indexes true through updates and deletes', () => {
    const { store } = aStore();
    store.set(thing('a', '1', { labels: { colour: 'red' } }), { initial: false });
    store.set(thing('b', '2', { labels: { colour: 'red' } }), { initial: false });
    store.set(thing('a', '3', { labels: { colour: 'blue' } }), { initial: false });
    const names = (colour: string) => store.byIndex('colour', colour).map((found) => found.metadata?.name);
    expect([names('red'), names('blue'), names('green')]).toEqual([['b'], ['a'], []]);
    store.remove(thing('b', '4', { labels: {} }));
    expect(names('red')).toEqual([]);
    expect(store.byIndex('namespace', 'ns').map((found) => found.metadata?.name)).toEqual(['a']);
  });

  it('refuses an index that does not exist', () => {
    const { store } = aStore();
    expect(() => store.byIndex('size' as 'colour', '1')).toThrow('there is no index "size"');
  });

  it('isolates handlers that throw or reject, and reports both', async () => {
    const { store, errors, told } = aStore();
    store.onChange(() => {
      throw new Error('thrown');
    });
    store.onChange(async () => {
      throw new Error('rejected');
    });
    const heard: string[] = [];
    store.onChange((change) => void heard.push(change.key));
    store.set(thing('a', '1'), { initial: false });
    await Promise.resolve();
    expect(told()).toHaveLength(1);
    expect(heard).toEqual(['ns/a']);
    expect(errors.map(String)).toEqual(['Error: thrown', 'Error: rejected']);
  });

  it('tells a late handler of what is there, and an unsubscribed one of nothing', () => {
    const { store } = aStore();
    store.set(thing('a', '1'), { initial: false });
    const heard: Change<Thing>[] = [];
    const off = store.onChange((change) => void heard.push(change));
    expect(heard).toEqual([{ kind: 'added', key: 'ns/a', object: thing('a', '1'), initial: true }]);
    off();
    store.set(thing('b', '2'), { initial: false });
    expect(heard).toHaveLength(1);
  });
});

describe('slim', () => {
  it('drops managedFields and last-applied, and leaves the original as it was', () => {
    const full: KubeObject = {
      kind: 'Thing',
      metadata: {
        name: 'a',
        managedFields: [{ manager: 'x' }],
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', kept: 'yes' },
      },
    };
    expect(slim(full)).toEqual({ kind: 'Thing', metadata: { name: 'a', annotations: { kept: 'yes' } } });
    expect(full.metadata?.managedFields).toHaveLength(1);
  });
});

describe('objectKey', () => {
  it('is turned back by refOfKey', () => {
    for (const ref of [{ namespace: 'ns', name: 'a' }, { name: 'node-1' }]) {
      expect(refOfKey(objectKey(ref))).toEqual(ref);
    }
  });
});
