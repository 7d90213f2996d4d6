import { describe, expect, it } from 'vitest';
import { aPod } from '../testing/aPod.ts';
import { aRun } from '../testing/aRun.ts';
import { at, NOW } from '../testing/fixedClock.ts';
import { World } from '../testing/world.ts';
import type { PodEvent } from './decision.ts';

const main = 'nightly-m1';
const said = (reason: string, message: string, source = 'kubelet'): PodEvent => ({
  type: 'Warning',
  reason,
  message,
  count: 1,
  at: 0,
  source,
});
const missing = said('FailedMount', 'MountVolume.SetUp failed for volume "cfg" : secret "db" not found');

/** The pod has a node, and its kubelet says nothing. */
function waiting(): World {
  const world = new World(aRun().withHandler().withLimits({ startSeconds: 900 }).build()).settle();
  return world.change(main, (pod) => ({
    ...pod,
    spec: { ...pod.spec, containers: pod.spec?.containers ?? [], nodeName: 'node1' },
  }));
}

const reads = (world: World) => world.acts.filter(({ action }) => action.kind === 'readPodEvents').length;

describe('a pod that waits in silence', () => {
  it('has its Events read after five seconds, not before', () => {
    const world = waiting().pass(4).settle();
    expect(reads(world)).toBe(0);
    world.pass(1).settle();
    expect(reads(world)).toBe(1);
  });

  it('is said within seconds to wait for what its Events name', () => {
    const world = waiting();
    world.said.set(main, [missing]);
    world.pass(5).settle();
    expect(world.run?.status).toMatchObject({ phase: 'Pending', reason: 'ConfigError' });
    expect(world.run?.status?.message).toContain('secret "db" not found');
  });

  it('has them read ever more rarely, and costs one write for one reason', () => {
    const world = waiting();
    world.said.set(main, [missing]);
    const before = world.statuses.length;
    const at: number[] = [];
    for (let second = 1; second <= 300; second += 1) {
      const known = reads(world);
      world.pass(1).settle();
      if (reads(world) > known) at.push(second);
    }
    expect(at).toEqual([5, 20, 60, 120, 180, 240, 300]);
    expect(world.statuses.length - before).toBe(1);
  });

  it('is read again soon after it has changed', () => {
    const world = waiting().pass(5).settle();
    world.change(main, (pod) => ({ ...pod, metadata: { ...pod.metadata, resourceVersion: '2' } }));
    world.pass(5).settle();
    expect(reads(world)).toBe(2);
  });

  it('ends at its limit by the cause that its Events name, read before it is judged', () => {
    const world = new World(aRun().withLimits({ startSeconds: 3 }).build()).settle();
    world.said.set(main, [missing]);
    world.pass(3).settle();
    expect(world.run?.status?.verdicts?.['uid-1']).toMatchObject({ reason: 'ConfigError' });
  });
});

describe('a pod that somebody took away', () => {
  it('ends with the name of who did it, at the price of a read and no write', () => {
    const world = new World(aRun().build()).settle().start(main).settle();
    world.said.set(main, [said('ScaleDown', 'deleting pod for node scale down', 'cluster-autoscaler')]);
    world.remove(main).settle();
    const writes = world.writes.length;
    world.end(main, 143).settle();
    expect(world.run?.status?.main).toMatchObject({ reason: 'PodDeleted' });
    expect(world.run?.status?.main?.message).toContain('cluster-autoscaler said');
    expect(world.writes.slice(writes).filter((write) => write.startsWith('status'))).toHaveLength(1);
  });

  it('is not asked about where main ended by itself', () => {
    const world = new World(aRun().build()).settle().start(main).settle().end(main, 3).settle();
    expect(world.run?.status?.main).toMatchObject({ reason: 'ExitCode' });
    expect(reads(world)).toBe(0);
  });
});

describe('a pod that was slow to start', () => {
  /** Its init containers were through at once, and main started so many seconds later. */
  function startedAfter(seconds: number): World {
    const world = waiting();
    const pulled = { ...said('Pulled', 'Successfully pulled image'), container: 'main', at: NOW + 30_000 };
    world.said.set(main, [pulled]);
    return world.pass(seconds).change(main, (pod) => {
      const { status } = aPod().running(seconds).build();
      const condition = { type: 'Initialized', status: 'True', lastTransitionTime: at(0) };
      const metadata = { ...pod.metadata, resourceVersion: 'started' };
      return { ...pod, metadata, status: { ...status, conditions: [condition] } };
    });
  }

  it('has its Events read once, and the time of the pull stored with its start', () => {
    const world = startedAfter(31);
    const [known, writes] = [reads(world), world.statuses.length];
    world.settle();
    expect(reads(world) - known).toBe(1);
    expect(world.statuses.length - writes).toBe(1);
    expect(world.run?.status).toMatchObject({
      phase: 'Running',
      timeline: { pulledAt: new Date(NOW + 30_000).toISOString(), startedAt: at(31) },
    });
  });

  it('is left alone when it started within the usual time', () => {
    const world = startedAfter(4).settle();
    expect(reads(world)).toBe(0);
    expect(world.run?.status?.timeline.startedAt).toBe(at(4));
    expect(world.run?.status?.timeline.pulledAt).toBeUndefined();
  });
});
