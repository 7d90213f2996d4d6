import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import { aRun } from '../testing/aRun.ts';
import { at } from '../testing/fixedClock.ts';
import { handle, MAIN, running, statusOf } from '../testing/lifeOf.ts';
import { World } from '../testing/world.ts';

/** The pod with an init container that runs since so many seconds after NOW. */
const copying =
  (startedAt: number) =>
  (pod: Pod): Pod => ({
    ...pod,
    spec: { containers: [], ...pod.spec, nodeName: 'node1', initContainers: [{ name: 'copy' }] },
    status: {
      phase: 'Pending',
      initContainerStatuses: [
        {
          name: 'copy',
          image: '',
          imageID: '',
          ready: false,
          restartCount: 0,
          state: { running: { startedAt: at(startedAt) } },
        },
      ],
    },
  });

describe('limits.stallSeconds', () => {
  const follows = () =>
    running(
      aRun()
        .withHandler()
        .withSpec({ logs: 'Follow', limits: { stallSeconds: 60 } })
        .build(),
    );

  it('ends a main that shows nothing, counted from its start', () => {
    const world = follows().pass(59).settle();
    expect(statusOf(world).verdicts).toBeUndefined();
    expect(world.decisions.at(-1)?.wakeAt).toBe(world.now + 1_000);
    handle(world.pass(1).settle().pass(1).end(MAIN, 143));
    expect(statusOf(world)).toMatchObject({ phase: 'Failed', reason: 'Stalled' });
  });

  it('counts from the last sign of progress', () => {
    const world = follows().pass(59);
    world.progressAt = world.now;
    world.settle().pass(59).settle();
    expect(statusOf(world).verdicts).toBeUndefined();
    world.pass(1).settle();
    expect(statusOf(world).verdicts).toMatchObject({ 'uid-1': { reason: 'Stalled' } });
  });
});

describe('limits.initIdleSeconds', () => {
  const copies = (startedAt = 0) =>
    new World(aRun().withLimits({ initIdleSeconds: 60 }).build())
      .settle()
      .change(MAIN, copying(startedAt))
      .settle();

  it('ends a run whose init container shows nothing', () => {
    const world = copies().pass(59).settle();
    expect(statusOf(world).phase).toBe('Pending');
    world.pass(1).settle();
    expect(statusOf(world).verdicts).toMatchObject({ 'uid-1': { reason: 'InitStalled' } });
  });

  it('counts anew from a line of its log, and from the start of the next one', () => {
    const world = copies().pass(50);
    world.progressAt = world.now;
    world.settle().pass(59).change(MAIN, copying(109)).settle().pass(59).settle();
    expect(statusOf(world).verdicts).toBeUndefined();
    world.pass(1).settle();
    expect(statusOf(world).verdicts).toMatchObject({ 'uid-1': { reason: 'InitStalled' } });
  });

  it('is not fooled by the clock of a node that lags, as far as the pod proves it', () => {
    const world = copies(-300).change(MAIN, (pod) => ({
      ...pod,
      status: {
        ...pod.status,
        startTime: at(-301),
        conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: at(0) }],
      },
    }));
    const before = new World(aRun().withLimits({ initIdleSeconds: 60 }).build()).settle();
    before.pods = world.pods;
    before.settle().pass(50).settle();
    expect(statusOf(before).verdicts).toBeUndefined();
  });

  it('says nothing of a run that nobody follows and that asks for no such limit', () => {
    const world = new World(aRun().build()).settle().change(MAIN, copying(0)).settle().pass(900).settle();
    expect(statusOf(world).verdicts).toBeUndefined();
  });

  it('is not applied from a template that an earlier version froze', () => {
    const run = aRun().withLimits({ initIdleSeconds: 60 }).build();
    const world = new World(run).forgetPolicy().settle().change(MAIN, copying(0)).settle().pass(120).settle();
    expect(statusOf(world).verdicts).toBeUndefined();
  });
});

describe('limits.queueSeconds', () => {
  it('ends a run that is never admitted, names what held it, and its handler runs', () => {
    const world = new World(aRun().withHandler().withLimits({ queueSeconds: 60 }).build());
    world.admission = { kind: 'waits', reason: 'LimitReached', message: '3 of 3 runs of queue small' };
    world.settle().pass(59).settle();
    expect(statusOf(world).phase).toBe('Queued');
    expect(world.decisions.at(-1)?.wakeAt).toBe(world.now + 1_000);
    handle(world.pass(1));
    expect(statusOf(world)).toMatchObject({ phase: 'Failed', reason: 'QueueTimeout', attempts: [] });
    expect(statusOf(world).message).toContain('(60 s) to be admitted: 3 of 3 runs of queue small');
    expect(world.started).toHaveLength(1);
  });
});
