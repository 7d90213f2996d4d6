import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type VirtualClock, virtualClock } from '../../ports/testing/virtualClock.ts';
import {
  create,
  eventsOf,
  podNamed,
  resourceOf,
  silentLog,
  testRegistry,
} from '../kubelet/testing/testRegistry.ts';
import type { Registry } from '../types.ts';
import { startScheduler } from './startScheduler.ts';

let clock: VirtualClock;
let registry: Registry;
let scheduler: { stop(): void };

beforeEach(async () => {
  clock = virtualClock(Date.parse('2030-01-01T00:00:00Z'));
  registry = await testRegistry(clock);
  scheduler = startScheduler({ registry, clock, log: silentLog });
});

afterEach(() => scheduler.stop());

async function node(
  name: string,
  more: { labels?: object; taints?: object[]; cpu?: string; pods?: string } = {},
) {
  const nodes = resourceOf(registry, 'nodes');
  const spec = more.taints ? { taints: more.taints } : {};
  await registry.create(nodes, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: more.labels ?? {} },
    spec,
  });
  const allocatable = { cpu: more.cpu ?? '2', memory: '4Gi', pods: more.pods ?? '10' };
  await registry.update(nodes, undefined, name, (one) => ({ ...one, status: { allocatable } }), {
    subresource: 'status',
  });
  await clock.settle();
}

async function pod(name: string, spec: object = {}, cpu = '100m') {
  const containers = [{ name: 'main', image: 'example/any', resources: { requests: { cpu } } }];
  await create(registry, 'Pod', 'pods', { metadata: { name }, spec: { containers, ...spec } });
  await clock.settle();
}

const nodeOf = (name: string) => podNamed(registry, name)?.spec.nodeName;
const scheduled = (name: string) =>
  podNamed(registry, name)?.status?.conditions?.find(({ type }) => type === 'PodScheduled');

describe('startScheduler', () => {
  it('binds a pod and says so', async () => {
    await node('a');
    await pod('p');
    expect(nodeOf('p')).toBe('a');
    expect(scheduled('p')?.status).toBe('True');
    expect(eventsOf(registry, 'p')).toEqual(['Scheduled: Successfully assigned default/p to a']);
  });

  it('says in the real words that resources lack, and binds when they come free', async () => {
    await node('a');
    await pod('first', {}, '1500m');
    await pod('second', {}, '1');
    const message =
      '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.';
    expect(scheduled('second')).toMatchObject({ status: 'False', reason: 'Unschedulable', message });
    expect(eventsOf(registry, 'second')).toEqual([`FailedScheduling: ${message}`]);
    await registry.delete(resourceOf(registry, 'pods'), 'default', 'first', { gracePeriodSeconds: 0 });
    await clock.settle();
    expect(nodeOf('second')).toBe('a');
  });

  it('says that preemption is no help where a pod is larger than the node', async () => {
    await node('a');
    await pod('huge', {}, '64');
    expect(scheduled('huge')?.message).toBe(
      '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
    );
  });

  it('leaves a gated pod alone until its last gate is gone', async () => {
    await node('a');
    await pod('gated', { schedulingGates: [{ name: 'example.com/wait' }] });
    expect(nodeOf('gated')).toBeUndefined();
    expect(scheduled('gated')?.reason).toBe('SchedulingGated');
    await registry.update(resourceOf(registry, 'pods'), 'default', 'gated', (one) => ({
      ...one,
      spec: { ...(one.spec as object), schedulingGates: [] },
    }));
    await clock.settle();
    expect(nodeOf('gated')).toBe('a');
  });

  it('heeds selectors, affinity, taints and tolerations', async () => {
    await node('plain');
    await node('gpu', {
      labels: { kind: 'gpu' },
      taints: [{ key: 'dear', value: 'yes', effect: 'NoSchedule' }],
    });
    const tolerations = [{ key: 'dear', operator: 'Equal', value: 'yes', effect: 'NoSchedule' }];
    const matchExpressions = [{ key: 'kind', operator: 'In', values: ['gpu'] }];
    const nodeAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
    };
    await pod('no', { nodeSelector: { kind: 'gpu' } });
    await pod('yes', { nodeSelector: { kind: 'gpu' }, tolerations });
    await pod('also', { affinity: { nodeAffinity }, tolerations });
    expect(nodeOf('no')).toBeUndefined();
    expect(scheduled('no')?.message).toContain("1 node(s) didn't match Pod's node affinity/selector");
    expect([nodeOf('yes'), nodeOf('also')]).toEqual(['gpu', 'gpu']);
  });

  it('lets the oldest go first when there is one place', async () => {
    await pod('first');
    await clock.advance(1000);
    await pod('second');
    await node('a', { pods: '1' });
    expect(nodeOf('first')).toBe('a');
    expect(scheduled('second')?.message).toContain('1 Too many pods');
  });

  it('says that there are no nodes', async () => {
    await pod('p');
    expect(scheduled('p')?.message).toBe('no nodes available to schedule pods');
  });
});
