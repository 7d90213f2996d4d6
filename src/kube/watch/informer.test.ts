import type { ConfigMap } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import {
  ForbiddenError,
  type KubeError,
  MalformedAnswerError,
  TooManyRequestsError,
  UnreachableError,
} from '../errors.ts';
import type { Resource } from '../types.ts';
import { createInformer } from './informer.ts';
import type { Change } from './store.ts';
import { FakeCluster } from './testing/fakeCluster.ts';

const CONFIG_MAPS: Resource<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};

const configMap = (name: string, data: Record<string, string> = {}): ConfigMap => ({
  metadata: { namespace: 'ns', name },
  data,
});

function setUp() {
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const cluster = new FakeCluster(clock);
  const errors: KubeError[] = [];
  const changes: Change<ConfigMap>[] = [];
  const informer = createInformer({
    client: cluster.client(),
    resource: CONFIG_MAPS,
    clock,
    random: () => 0.5,
    onError: (error) => errors.push(error),
  });
  informer.onChange((change) => void changes.push(change));
  const names = () => informer.store.list().map((object) => object.metadata?.name);
  const told = () => changes.splice(0).map((change) => `${change.kind} ${change.key}`);
  const verbs = () => cluster.calls.splice(0).map((call) => call.verb);
  const broken = () => new UnreachableError({ message: 'watching: reset', phase: 'stream' });
  return { clock, cluster, informer, errors, changes, names, told, verbs, broken };
}

describe('createInformer: learning what exists', () => {
  it('streams it by WatchList and goes on in the same stream', async () => {
    const { clock, cluster, informer, told, verbs } = setUp();
    cluster.put(CONFIG_MAPS, configMap('a'));
    informer.start();
    expect(informer.hasSynced()).toBe(false);
    await clock.advance(0);
    expect(await informer.whenSynced()).toBe(true);
    cluster.put(CONFIG_MAPS, configMap('b'));
    await clock.advance(0);
    expect(told()).toEqual(['added ns/a', 'added ns/b']);
    expect(verbs()).toEqual(['watch']);
  });

  it('asks for a stream that the server ends after 5 to 10 minutes, with bookmarks', async () => {
    const { clock, cluster, informer } = setUp();
    informer.start();
    await clock.advance(0);
    expect(cluster.calls[0]?.watch).toMatchObject({
      sendInitialEvents: true,
      allowBookmarks: true,
      timeoutSeconds: 450,
    });
  });

  it('falls back to list and watch where the server refuses WatchList, without a word', async () => {
    const { clock, cluster, informer, errors, names, verbs } = setUp();
    cluster.behaviour.watchList = 'refused';
    cluster.put(CONFIG_MAPS, configMap('a'));
    informer.start();
    await clock.advance(0);
    cluster.put(CONFIG_MAPS, configMap('b'));
    await clock.advance(0);
    expect(names()).toEqual(['a', 'b']);
    expect(verbs()).toEqual(['watch', 'list', 'watch']);
    expect(errors).toEqual([]);
  });

  it('falls back where the server streams everything and never says that this was all', async () => {
    const { clock, cluster, informer, names } = setUp();
    cluster.behaviour.watchList = 'silent';
    cluster.behaviour.bookmarkEveryMs = 0;
    cluster.put(CONFIG_MAPS, configMap('a'));
    informer.start();
    await clock.advance(4_999);
    expect(informer.hasSynced()).toBe(false);
    await clock.advance(1);
    expect(names()).toEqual(['a']);
  });

  it('falls back also when objects change all the time, so that silence never comes', async () => {
    const { clock, cluster, informer, names } = setUp();
    cluster.behaviour.watchList = 'silent';
    informer.start();
    for (let second = 0; second < 60; second++) {
      cluster.put(CONFIG_MAPS, configMap('busy', { second: String(second) }));
      await clock.advance(1_000);
    }
    expect(names()).toEqual(['busy']);
  });

  it('shows nothing of a WatchList that breaks half-way', async () => {
    const { clock, cluster, informer, told, broken } = setUp();
    cluster.behaviour.watchList = 'silent';
    cluster.put(CONFIG_MAPS, configMap('a'));
    informer.start();
    await clock.advance(0);
    cluster.endStreams(broken());
    await clock.advance(0);
    expect(told()).toEqual([]);
    cluster.behaviour.watchList = 'served';
    await clock.advance(500);
    expect(told()).toEqual(['added ns/a']);
  });

  it('holds one form of an object, however it came, without managedFields', async () => {
    const { clock, cluster, informer } = setUp();
    cluster.behaviour.watchList = 'refused';
    cluster.put(CONFIG_MAPS, {
      ...configMap('a'),
      metadata: { namespace: 'ns', name: 'a', managedFields: [] },
    });
    informer.start();
    await clock.advance(0);
    expect(informer.store.list()[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
    expect(informer.store.list()[0]?.metadata?.managedFields).toBeUndefined();
  });

  it('keeps trying while the right is missing, and says so', async () => {
    const { clock, cluster, informer, errors } = setUp();
    cluster.behaviour.before = () =>
      new ForbiddenError({ message: 'watching configmaps: forbidden', status: 403 });
    informer.start();
    await clock.advance(10_000);
    expect(informer.problem()?.message).toBe('watching configmaps: forbidden');
    expect(errors.length).toBeGreaterThan(2);
    cluster.behaviour.before = () => undefined;
    await clock.advance(30_000);
    expect(informer.hasSynced()).toBe(true);
    expect(informer.problem()).toBeUndefined();
  });
});

describe('createInformer: going on', () => {
  async function synced() {
    const test = setUp();
    test.cluster.put(CONFIG_MAPS, configMap('a'));
    test.informer.start();
    await test.clock.advance(11_000);
    test.told();
    test.verbs();
    return test;
  }

  it('goes on from the last version after a clean end, at once and without a list', async () => {
    const { clock, cluster, told, verbs, errors } = await synced();
    cluster.endStreams();
    cluster.put(CONFIG_MAPS, configMap('b'));
    await clock.advance(0);
    expect(told()).toEqual(['added ns/b']);
    expect(verbs()).toEqual(['watch']);
    expect(errors).toEqual([]);
  });

  it('does not turn in a tight loop when the server ends every stream at once', async () => {
    const { clock, cluster, verbs } = await synced();
    for (let ms = 0; ms < 60_000; ms += 50) {
      cluster.endStreams();
      await clock.advance(50);
    }
    expect(verbs().length).toBeLessThan(12);
  });

  it('goes on from the last version after a reset, with a pause, and misses nothing', async () => {
    const { clock, cluster, informer, told, verbs, broken } = await synced();
    cluster.endStreams(broken());
    await clock.advance(0);
    cluster.put(CONFIG_MAPS, configMap('b'));
    expect(informer.problem()?.message).toBe('watching: reset');
    await clock.advance(500);
    expect(told()).toEqual(['added ns/b']);
    expect(verbs()).toEqual(['watch']);
    expect(informer.problem()).toBeUndefined();
  });

  it('lists anew on 410 and tells of what was deleted meanwhile, with the last known object', async () => {
    const { clock, cluster, changes, informer, errors, broken } = await synced();
    cluster.endStreams(broken());
    await clock.advance(0);
    cluster.remove(CONFIG_MAPS, { namespace: 'ns', name: 'a' });
    cluster.put(CONFIG_MAPS, configMap('b'));
    cluster.compact();
    errors.length = 0;
    await clock.advance(2_000);
    expect(changes).toMatchObject([
      { kind: 'deleted', key: 'ns/a', object: { metadata: { name: 'a' } }, stale: true },
      { kind: 'added', key: 'ns/b' },
    ]);
    expect(informer.stats().lists).toBe(2);
  });

  it('needs no list after 410 of an old version, because bookmarks advance it', async () => {
    const { clock, cluster, informer, broken } = await synced();
    cluster.put({ ...CONFIG_MAPS, plural: 'others' }, configMap('x'));
    cluster.compact();
    await clock.advance(60_000);
    cluster.endStreams(broken());
    await clock.advance(5_000);
    expect(informer.stats().lists).toBe(1);
  });

  it('notices a half-open stream and opens another', async () => {
    const { clock, cluster, told, errors } = await synced();
    cluster.muteStreams();
    cluster.put(CONFIG_MAPS, configMap('b'));
    await clock.advance(91_000);
    expect(told()).toEqual(['added ns/b']);
    expect(errors.map((error) => error.message)).toEqual([
      'watching configmaps: nothing came for 90 s; the stream is opened anew',
    ]);
    expect(cluster.openStreams()).toBe(1);
  });

  it('leaves a quiet stream alone as long as bookmarks come', async () => {
    const { clock, verbs } = await synced();
    await clock.advance(400_000);
    expect(verbs()).toEqual([]);
  });

  it('backs off from failures, up to 30 s, and starts over after a healthy stream', async () => {
    const { clock, cluster, verbs, broken } = await synced();
    cluster.behaviour.before = broken;
    cluster.endStreams(broken());
    await clock.advance(600_000);
    const calls = verbs().length;
    expect(calls).toBeGreaterThan(20);
    expect(calls).toBeLessThan(45);
    cluster.behaviour.before = () => undefined;
    await clock.advance(60_000);
    verbs();
    cluster.endStreams(broken());
    await clock.advance(500);
    expect(verbs()).toEqual(['watch']);
  });

  it('keeps up where every connection is cut after a second and a half, however long nothing happens', async () => {
    const { clock, cluster, told, verbs, broken } = await synced();
    for (let cuts = 0; cuts < 40; cuts += 1) {
      await clock.advance(1_500);
      cluster.endStreams(broken());
    }
    verbs();
    cluster.put(CONFIG_MAPS, configMap('b'));
    await clock.advance(500);
    expect(told()).toEqual(['added ns/b']);
    expect(verbs()).toEqual(['watch']);
  });

  it.each(['connect', 'answer'] as const)(
    'is back within 5 s of a server that was away for long (nothing came at the %s)',
    async (phase) => {
      const { clock, cluster, told, broken } = await synced();
      cluster.behaviour.before = () => new UnreachableError({ message: 'watching: nobody there', phase });
      cluster.endStreams(broken());
      await clock.advance(300_000);
      cluster.behaviour.before = () => undefined;
      cluster.put(CONFIG_MAPS, configMap('b'));
      await clock.advance(5_000);
      expect(told()).toEqual(['added ns/b']);
    },
  );

  it('lists anew within 6 s where a server comes back from long away and has forgotten', async () => {
    const { clock, cluster, names, broken } = await synced();
    cluster.behaviour.before = () => new UnreachableError({ message: 'watching: refused', phase: 'connect' });
    cluster.endStreams(broken());
    await clock.advance(300_000);
    cluster.put(CONFIG_MAPS, configMap('b'));
    cluster.compact();
    cluster.behaviour.before = () => undefined;
    await clock.advance(6_000);
    expect(names()).toEqual(['a', 'b']);
  });

  it('asks a server that is away no more than once in 2 s', async () => {
    const { clock, cluster, verbs, broken } = await synced();
    cluster.behaviour.before = () => new UnreachableError({ message: 'watching: refused', phase: 'connect' });
    cluster.endStreams(broken());
    await clock.advance(600_000);
    expect(verbs().length).toBeLessThan(300);
  });

  it("waits as long as the server's Retry-After says", async () => {
    const { clock, cluster, verbs } = await synced();
    cluster.endStreams(
      new TooManyRequestsError({ message: 'watching: 429', status: 429, retryAfterMs: 20_000 }),
    );
    await clock.advance(19_999);
    expect(verbs()).toEqual([]);
    await clock.advance(1);
    expect(verbs()).toEqual(['watch']);
  });

  it('lists anew when the same version leads to garbage three times', async () => {
    const { clock, cluster, informer } = await synced();
    const garbage = new MalformedAnswerError({ message: 'watching: not JSON' });
    cluster.behaviour.before = (call) => (call.watch?.resourceVersion ? garbage : undefined);
    cluster.endStreams(garbage);
    await clock.advance(3_000);
    expect(informer.stats().lists).toBe(2);
  });

  it('survives what is not one of our errors', async () => {
    const { clock, cluster, informer, told } = await synced();
    cluster.endStreams(new TypeError('terminated'));
    cluster.put(CONFIG_MAPS, configMap('b'));
    await clock.advance(500);
    expect(told()).toEqual(['added ns/b']);
    expect(informer.stats().failures).toBe(1);
  });

  it('reports how old the last sign of the server is, and how many objects it holds', async () => {
    const { clock, informer } = await synced();
    expect(informer.stats()).toEqual({
      lists: 1,
      watches: 1,
      failures: 0,
      lastEventAgeMs: 11_000,
      objects: 1,
    });
    await clock.advance(49_000);
    expect(informer.stats().lastEventAgeMs).toBe(0);
  });
});

describe('createInformer: stop', () => {
  it.each([0, 5, 10, 15, 40_000])('leaves nothing open when it comes after %d ms', async (ms) => {
    const { clock, cluster, informer, told } = setUp();
    cluster.behaviour.latencyMs = () => 10;
    cluster.behaviour.watchList = 'refused';
    informer.start();
    await clock.advance(ms);
    await informer.stop();
    told();
    cluster.put(CONFIG_MAPS, configMap('late'));
    await clock.advance(60_000);
    expect(told()).toEqual([]);
    expect([cluster.openStreams(), clock.timers()]).toEqual([0, 0]);
  });

  it('leaves nothing open when it comes in a back-off, and before the start', async () => {
    const { clock, cluster, informer, broken } = setUp();
    cluster.behaviour.before = broken;
    informer.start();
    await clock.advance(5_000);
    await informer.stop();
    expect(clock.timers()).toBe(0);
    const never = setUp();
    await never.informer.stop();
    never.informer.start();
    await never.clock.advance(1_000);
    expect(never.verbs()).toEqual([]);
    expect(await never.informer.whenSynced()).toBe(false);
  });
});
