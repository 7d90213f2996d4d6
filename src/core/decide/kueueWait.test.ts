import { describe, expect, it } from 'vitest';
import { limitsNow } from '../explain/limitsNow.ts';
import { conditionOf, isTrue } from '../run/conditions.ts';
import type { RunStatus } from '../run/run.ts';
import { aRun } from '../testing/aRun.ts';
import { World } from '../testing/world.ts';

const MAIN = 'nightly-m1';
const LIMITS = { startSeconds: 60, queueSeconds: 600 };
const statusOf = (world: World) => world.run?.status as RunStatus;

/** Lets through our gate only, as the pod of a run that Kueue looks after is. */
function gatedBy(world: World, ...gates: string[]): World {
  return world.change(MAIN, (pod) => {
    const { nodeName: _, ...spec } = pod.spec ?? { containers: [] };
    return { ...pod, spec: { ...spec, schedulingGates: gates.map((name) => ({ name })) } };
  });
}

const held = () =>
  gatedBy(new World(aRun().withLimits(LIMITS).build()).settle(), 'kueue.x-k8s.io/admission').settle();

describe('a run that Kueue holds', () => {
  it('says so in one write, and its wait does not count for startSeconds', () => {
    const world = held();
    expect(isTrue(statusOf(world), 'KueueWaiting')).toBe(true);
    expect(statusOf(world).message).toContain('kueue.x-k8s.io/admission');
    const writes = world.statuses.length;
    world.pass(500).settle();
    expect(statusOf(world).verdicts).toBeUndefined();
    expect(world.statuses).toHaveLength(writes);
    expect(limitsNow(world.run ?? aRun().build(), LIMITS, world.now)).toEqual([
      expect.stringMatching(/^limits.queueSeconds: 1 min 40 s left/),
    ]);
  });

  it('has its startSeconds from the moment that Kueue lets it through', () => {
    const world = gatedBy(held().pass(500)).settle();
    expect(conditionOf(statusOf(world), 'KueueWaiting')).toMatchObject({ status: 'False' });
    expect(statusOf(world).reason).toBeUndefined();
    world.pass(59).settle();
    expect(statusOf(world).verdicts).toBeUndefined();
    world.pass(1).settle();
    expect(statusOf(world).verdicts).toMatchObject({ 'uid-1': { reason: 'StartTimeout' } });
  });

  it('fails when Kueue does not admit it within queueSeconds', () => {
    const world = held().pass(599).settle();
    expect(statusOf(world).verdicts).toBeUndefined();
    world.pass(1).settle();
    expect(statusOf(world)).toMatchObject({ phase: 'Failed', reason: 'QueueTimeout' });
    expect(statusOf(world).message).toContain('Kueue had not admitted');
  });
});

describe('a pod behind the gate of somebody else', () => {
  it('has no more time to start than any other', () => {
    const world = gatedBy(new World(aRun().withLimits(LIMITS).build()).settle(), 'example.com/hold').settle();
    world.pass(60).settle();
    expect(statusOf(world).verdicts).toMatchObject({ 'uid-1': { reason: 'Unschedulable' } });
  });
});
