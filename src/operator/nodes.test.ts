import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ForbiddenError, ServerError } from '../kube/errors.ts';
import { nodes } from '../kube/resources.ts';
import { FakeCluster } from '../kube/watch/testing/fakeCluster.ts';
import { type VirtualClock, virtualClock } from '../ports/testing/virtualClock.ts';
import { createNodes, type Nodes, nodeFacts } from './nodes.ts';

const SINCE = '2026-01-01T00:00:00Z';
const OUT = { key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' };

function aNode(status: string, more: { heartbeat?: string; taints?: Node['spec'] } = {}): Node {
  const { heartbeat = SINCE } = more;
  const ready = { type: 'Ready', status, lastTransitionTime: SINCE, lastHeartbeatTime: heartbeat };
  return {
    metadata: { name: 'a' },
    ...(more.taints ? { spec: more.taints } : {}),
    status: { conditions: [ready] },
  };
}

let clock: VirtualClock;
let cluster: FakeCluster;
let told: string[];
let seen: Nodes;

beforeEach(() => {
  clock = virtualClock(Date.parse(SINCE));
  cluster = new FakeCluster(clock);
  told = [];
  seen = createNodes(
    { client: cluster.client(), clock, random: () => 0.5 },
    { onNode: (name) => told.push(name), onDefect: (error) => expect.unreachable(String(error)) },
  );
});

afterEach(async () => {
  const stopped = seen.informer.stop();
  await clock.advance(1);
  await stopped;
});

async function begin() {
  seen.informer.start();
  await clock.advance(1);
}

const gets = () => cluster.calls.filter(({ verb }) => verb === 'get').length;
const factsOfA = async () => (await seen.factsOf(['a'], {})).get('a');

describe('nodeFacts', () => {
  it('takes a node that never said that it is ready for one that is not', () => {
    expect(nodeFacts({ metadata: { name: 'a' } })).toEqual({
      exists: true,
      ready: false,
      outOfService: false,
      notReadySince: undefined,
    });
  });

  it('says since when a node is not ready', () => {
    expect(nodeFacts(aNode('Unknown'))).toMatchObject({ ready: false, notReadySince: Date.parse(SINCE) });
  });
});

describe('createNodes', () => {
  it('tells of a node that stops answering, and not of its heartbeats', async () => {
    cluster.put(nodes, aNode('True'));
    await begin();
    told.length = 0;
    cluster.put(nodes, aNode('True', { heartbeat: '2026-01-01T00:05:00Z' }));
    await clock.advance(1);
    expect(told).toEqual([]);
    cluster.put(nodes, aNode('Unknown'));
    await clock.advance(1);
    expect(told).toEqual(['a']);
    expect(await factsOfA()).toMatchObject({ exists: true, ready: false });
  });

  it('reads from memory what the watch shows', async () => {
    cluster.put(nodes, aNode('True'));
    await begin();
    expect(await factsOfA()).toMatchObject({ ready: true });
    expect(gets()).toBe(0);
  });

  it('says that a node is gone only after a fresh read, and reads once', async () => {
    await begin();
    expect(await factsOfA()).toMatchObject({ exists: false });
    expect(await factsOfA()).toMatchObject({ exists: false });
    expect(gets()).toBe(1);
    cluster.put(nodes, aNode('True'));
    await clock.advance(1);
    expect(await factsOfA()).toMatchObject({ exists: true, ready: true });
  });

  it('never takes the silence of its cache for an absence', async () => {
    await begin();
    cluster.muteStreams();
    cluster.put(nodes, aNode('True'));
    expect(await factsOfA()).toMatchObject({ exists: true, ready: true });
  });

  it('asks again whether a node that it saw out of service still is', async () => {
    cluster.put(nodes, aNode('Unknown', { taints: { taints: [OUT] } }));
    await begin();
    expect(await factsOfA()).toMatchObject({ outOfService: true, ready: false });
    cluster.muteStreams();
    cluster.put(nodes, aNode('True'));
    expect(await factsOfA()).toMatchObject({ outOfService: false, ready: true });
  });

  it('passes on that the API server failed: that is no fact about a node', async () => {
    await begin();
    cluster.behaviour.before = () => new ServerError({ message: 'down', status: 500 });
    await expect(factsOfA()).rejects.toThrow('down');
  });

  describe('without the right to see nodes', () => {
    const forbidden = new ForbiddenError({ message: 'no', status: 403 });

    it('is settled, has no problem, knows nothing, and does not ask about each node', async () => {
      cluster.behaviour.before = () => forbidden;
      await begin();
      expect([seen.isSettled(), await seen.whenSettled(), seen.problem()]).toEqual([true, true, undefined]);
      expect(await seen.factsOf(['a', 'b', 'c'], {})).toEqual(new Map());
      expect(gets()).toBe(1);
    });

    it('reads a node by itself where that is allowed, at most every ten seconds', async () => {
      cluster.put(nodes, aNode('True'));
      cluster.behaviour.before = ({ verb }) => (verb === 'get' ? undefined : forbidden);
      await begin();
      expect(await factsOfA()).toMatchObject({ ready: true });
      cluster.put(nodes, aNode('Unknown'));
      expect(await factsOfA()).toMatchObject({ ready: true });
      await clock.advance(10_000);
      expect(await factsOfA()).toMatchObject({ ready: false });
      expect(gets()).toBe(2);
    });

    it('watches as soon as the right is given', async () => {
      cluster.put(nodes, aNode('True'));
      cluster.behaviour.before = () => forbidden;
      await begin();
      cluster.behaviour.before = () => undefined;
      await clock.advance(60_000);
      expect(seen.informer.hasSynced()).toBe(true);
      expect(told).toEqual(['a']);
    });
  });
});
