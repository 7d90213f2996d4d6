import { describe, expect, it } from 'vitest';
import { type VirtualClock, virtualClock } from '../../ports/testing/virtualClock.ts';
import { AnswerLostError, KubeError, UnreachableError } from '../errors.ts';
import { configMaps, leases } from '../resources.ts';
import { type FakeCall, FakeCluster } from '../watch/testing/fakeCluster.ts';
import { Election, type ElectionOptions } from './election.ts';

const ref = { namespace: 'ns', name: 'endwell-operator' };

function setUp() {
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const cluster = new FakeCluster(clock);
  return { clock, cluster, spec: () => cluster.objects(leases)[0]?.spec };
}

/** A process that stands for election and notes what it is told. */
function candidate(
  clock: VirtualClock,
  cluster: FakeCluster,
  identity: string,
  more: Partial<ElectionOptions> = {},
) {
  const heard: string[] = [];
  const errors: unknown[] = [];
  const lateMs: number[] = [];
  let signal: AbortSignal | undefined;
  const election = new Election({
    client: cluster.client(identity),
    ref,
    identity,
    clock,
    random: () => 0.5,
    onStarted(started) {
      signal = started;
      heard.push('started');
    },
    onStopped: async (why) => void heard.push(`stopped: ${why}`),
    onNewLeader: (leader) => heard.push(`leader ${leader}`),
    onError: (error) => errors.push(error),
    onRenewed: (renewal) => lateMs.push(renewal.lateMs),
    ...more,
  });
  election.start();
  return { election, heard, errors, lateMs, signal: () => signal };
}

const unreachable = () => new UnreachableError({ message: 'no route', phase: 'connect' });
const isOf = (client: string) => (call: FakeCall) => (call.client === client ? unreachable() : undefined);

describe('Election', () => {
  it('makes the lease, leads, and renews it every 2 s, all in the lane of leases', async () => {
    const { clock, cluster, spec } = setUp();
    const a = candidate(clock, cluster, 'a');
    await clock.advance(0);
    expect(a.heard).toEqual(['leader a', 'started']);
    expect(spec()).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 });
    await clock.advance(60_000);
    expect(a.lateMs).toEqual(Array.from({ length: 30 }, () => 0));
    expect(spec()?.renewTime).toBe('2026-01-01T00:01:00.000000Z');
    expect(new Set(cluster.calls.map((call) => call.lane))).toEqual(new Set(['lease']));
  });

  it('leaves a lease alone as long as its holder renews it', async () => {
    const { clock, cluster } = setUp();
    const a = candidate(clock, cluster, 'a');
    await clock.advance(0);
    const b = candidate(clock, cluster, 'b');
    await clock.advance(600_000);
    expect([a.election.isLeader(), b.election.isLeader()]).toEqual([true, false]);
    expect(b.heard).toEqual(['leader a']);
    expect(b.election.leader()).toBe('a');
  });

  it("never compares the holder's clock with its own: waits out the holder's duration from when it first looked", async () => {
    const { clock, cluster } = setUp();
    const years = '1999-01-01T00:00:00.000000Z';
    cluster.put(leases, {
      metadata: ref,
      spec: { holderIdentity: 'gone', leaseDurationSeconds: 20, renewTime: years, leaseTransitions: 4 },
    });
    const a = candidate(clock, cluster, 'a');
    clock.shiftWall(-86_400_000);
    await clock.advance(19_999);
    expect(a.election.isLeader()).toBe(false);
    await clock.advance(1);
    expect(a.election.isLeader()).toBe(true);
    expect(cluster.objects(leases)[0]?.spec?.leaseTransitions).toBe(5);
  });

  it('takes over when the holder dies, within the lease and one look', async () => {
    const { clock, cluster } = setUp();
    candidate(clock, cluster, 'a');
    await clock.advance(0);
    const b = candidate(clock, cluster, 'b');
    await clock.advance(7_000);
    cluster.behaviour.before = isOf('a');
    await clock.advance(17_000);
    expect(b.election.isLeader()).toBe(true);
  });

  it('has stopped leading, when cut off, before another begins', async () => {
    const { clock, cluster } = setUp();
    const a = candidate(clock, cluster, 'a');
    await clock.advance(0);
    candidate(clock, cluster, 'b');
    await clock.advance(5_000);
    cluster.behaviour.before = isOf('a');
    await clock.advance(8_999);
    expect([a.election.isLeader(), a.signal()?.aborted]).toEqual([true, false]);
    await clock.advance(1);
    expect([a.election.isLeader(), a.signal()?.aborted]).toEqual([false, true]);
    expect(a.heard.at(-1)).toBe('stopped: no renewal was confirmed for 10 s');
  });

  it('notices after a pause of the process, before any timer fired', async () => {
    const { clock, cluster } = setUp();
    const a = candidate(clock, cluster, 'a');
    await clock.advance(1_000);
    clock.pause(60_000);
    expect(a.signal()?.aborted).toBe(false);
    expect(a.election.isLeader()).toBe(false);
    expect(a.signal()?.aborted).toBe(true);
  });

  it('leads again after a loss, but only when the work of the last time has ended', async () => {
    const { clock, cluster } = setUp();
    let endWork: () => void = () => {};
    const a = candidate(clock, cluster, 'a', {
      onStopped: () =>
        new Promise((resolve) => {
          endWork = resolve;
        }),
    });
    await clock.advance(1_000);
    cluster.behaviour.before = unreachable;
    await clock.advance(12_000);
    cluster.behaviour.before = () => undefined;
    await clock.advance(60_000);
    expect(a.heard).toEqual(['leader a', 'started']);
    endWork();
    await clock.advance(2_000);
    expect(a.heard).toEqual(['leader a', 'started', 'started']);
    expect(a.election.isLeader()).toBe(true);
  });

  it('does not take an answer that came too late for a renewal', async () => {
    const { clock, cluster } = setUp();
    const a = candidate(clock, cluster, 'a');
    await clock.advance(1_000);
    cluster.behaviour.latencyMs = () => 4_000;
    await clock.advance(3_000);
    clock.pause(11_000);
    await clock.advance(0);
    expect(a.heard).toContain('stopped: no renewal was confirmed for 10 s');
    expect(a.election.isLeader()).toBe(false);
  });

  it('loses at once when somebody else holds the lease', async () => {
    const { clock, cluster } = setUp();
    const a = candidate(clock, cluster, 'a');
    await clock.advance(1_000);
    cluster.put(leases, { metadata: ref, spec: { holderIdentity: 'thief', leaseDurationSeconds: 15 } });
    await clock.advance(1_000);
    expect(a.heard.slice(2)).toEqual(['stopped: the lease is held by thief', 'leader thief']);
  });

  it('claims a lease that somebody emptied only when its own work has ended', async () => {
    const { clock, cluster, spec } = setUp();
    let endWork: () => void = () => {};
    const a = candidate(clock, cluster, 'a', {
      onStopped: () =>
        new Promise((resolve) => {
          endWork = resolve;
        }),
    });
    await clock.advance(1_000);
    cluster.put(leases, { metadata: ref, spec: { holderIdentity: '' } });
    await clock.advance(20_000);
    expect([a.signal()?.aborted, spec()?.holderIdentity]).toEqual([true, '']);
    endWork();
    await clock.advance(2_500);
    expect([a.election.isLeader(), spec()?.holderIdentity]).toEqual([true, 'a']);
  });

  it('goes on leading when somebody only annotates the lease, or an answer is lost', async () => {
    const { clock, cluster } = setUp();
    const a = candidate(clock, cluster, 'a');
    await clock.advance(1_000);
    const [lease] = cluster.objects(leases);
    cluster.put(leases, { ...lease, metadata: { ...ref, annotations: { by: 'kubectl' } } });
    await clock.advance(2_000);
    let lost = 1;
    cluster.behaviour.after = () =>
      lost-- > 0 ? new AnswerLostError({ message: 'the answer was lost' }) : undefined;
    await clock.advance(60_000);
    expect(a.heard).toEqual(['leader a', 'started']);
    expect(a.lateMs.filter((ms) => ms > 0)).toHaveLength(1);
  });

  it('finds that it leads when the answer to its first claim was lost', async () => {
    const { clock, cluster, spec } = setUp();
    let lost = 1;
    cluster.behaviour.after = (call) =>
      call.verb === 'create' && lost-- > 0 ? new AnswerLostError({ message: 'lost' }) : undefined;
    const a = candidate(clock, cluster, 'a');
    await clock.advance(0);
    expect(a.election.isLeader()).toBe(false);
    await clock.advance(2_500);
    expect(a.election.isLeader()).toBe(true);
    expect(spec()?.leaseTransitions).toBe(0);
  });

  it('makes the lease anew when somebody deletes it', async () => {
    const { clock, cluster, spec } = setUp();
    const a = candidate(clock, cluster, 'a');
    await clock.advance(1_000);
    cluster.remove(leases, ref);
    await clock.advance(1_000);
    expect(spec()?.holderIdentity).toBe('a');
    expect(a.heard).toEqual(['leader a', 'started']);
  });

  it('says what is wrong while it can not stand, and no more when it can', async () => {
    const { clock, cluster } = setUp();
    cluster.behaviour.before = unreachable;
    const a = candidate(clock, cluster, 'a');
    await clock.advance(10_000);
    expect(a.election.problem()).toBeInstanceOf(KubeError);
    expect(a.errors.length).toBeGreaterThan(3);
    cluster.behaviour.before = () => undefined;
    await clock.advance(3_000);
    expect(a.election.problem()).toBeUndefined();
  });

  it('refuses a lease below 3 s, and leads with one of 3 s', async () => {
    const { clock, cluster } = setUp();
    expect(() => candidate(clock, cluster, 'a', { leaseSeconds: 2 })).toThrow('at least 3; got 2');
    const a = candidate(clock, cluster, 'a', { leaseSeconds: 3 });
    await clock.advance(60_000);
    expect(a.lateMs.length).toBe(150);
  });
});

describe('Election: stop', () => {
  it('ends the work, renewing meanwhile, then gives the lease back, so that another leads within one look', async () => {
    const { clock, cluster, spec } = setUp();
    let endWork: () => void = () => {};
    const a = candidate(clock, cluster, 'a', {
      onStopped: () =>
        new Promise((resolve) => {
          endWork = resolve;
        }),
    });
    await clock.advance(0);
    const b = candidate(clock, cluster, 'b');
    await clock.advance(1_000);
    const stopped = a.election.stop();
    await clock.advance(60_000);
    expect([a.signal()?.aborted, a.election.isLeader(), b.election.isLeader()]).toEqual([true, true, false]);
    endWork();
    await clock.settle();
    await stopped;
    expect(spec()).toMatchObject({ holderIdentity: '', leaseTransitions: 0 });
    await clock.advance(2_500);
    expect([a.election.isLeader(), b.election.isLeader()]).toEqual([false, true]);
    expect(spec()?.leaseTransitions).toBe(1);
  });

  it.each([0, 5, 15, 25, 3_000])(
    'leaves no timer and no lease of ours when it comes after %d ms',
    async (ms) => {
      const { clock, cluster, spec } = setUp();
      cluster.behaviour.latencyMs = () => 10;
      const a = candidate(clock, cluster, 'a');
      await clock.advance(ms);
      const stopped = a.election.stop();
      await clock.advance(10_000);
      await stopped;
      expect(spec()?.holderIdentity ?? '').toBe('');
      expect(clock.timers()).toBe(0);
      a.election.start();
      await clock.advance(10_000);
      expect(a.election.isLeader()).toBe(false);
    },
  );

  it('resolves in bounded time when the server hangs', async () => {
    const { clock, cluster } = setUp();
    const a = candidate(clock, cluster, 'a');
    await clock.advance(1_000);
    cluster.behaviour.latencyMs = () => 1e9;
    let isStopped = false;
    void a.election.stop().then(() => {
      isStopped = true;
    });
    await clock.advance(5_000);
    expect(isStopped).toBe(true);
  });
});

describe('Election beside saturated creates', () => {
  it('renews without delay, because its lane waits for no other', async () => {
    const { clock, cluster } = setUp();
    cluster.behaviour.laneLimit = { create: 4, status: 4, lease: 1 };
    cluster.behaviour.latencyMs = (call) => (call.lane === 'lease' ? 300 : 5_000);
    const client = cluster.client();
    const a = candidate(clock, cluster, 'a');
    await clock.advance(1_000);
    const creates = Array.from({ length: 200 }, (_, i) =>
      client.create(configMaps, { metadata: { namespace: 'ns', name: `c${i}` } }),
    );
    await clock.advance(250_000);
    await Promise.all(creates);
    expect(a.lateMs.length).toBeGreaterThan(100);
    expect(Math.max(...a.lateMs)).toBeLessThan(1_000);
  });

  it('would not, if it shared their lane: the test above can fail', async () => {
    const { clock, cluster } = setUp();
    cluster.behaviour.laneLimit = { create: 4 };
    cluster.behaviour.latencyMs = () => 5_000;
    const client = cluster.client();
    const shared: ElectionOptions['client'] = {
      get: (resource, name, options) => client.get(resource, name, { ...options, lane: 'create' }),
      create: (resource, object, options) => client.create(resource, object, { ...options, lane: 'create' }),
      replace: (resource, object, options) =>
        client.replace(resource, object, { ...options, lane: 'create' }),
    };
    const creates = Array.from({ length: 200 }, (_, i) =>
      client.create(configMaps, { metadata: { namespace: 'ns', name: `c${i}` } }),
    );
    const a = candidate(clock, cluster, 'a', { client: shared });
    await clock.advance(250_000);
    await Promise.all(creates);
    expect(a.lateMs.length).toBeLessThan(2);
  });
});
