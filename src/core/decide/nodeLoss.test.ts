import { describe, expect, it } from 'vitest';
import type { Run } from '../run/run.ts';
import { aRun } from '../testing/aRun.ts';
import { conditionIn, handle, MAIN, running, statusOf, toldOf } from '../testing/lifeOf.ts';
import type { World } from '../testing/world.ts';

const aRunWithPatience = (spec: Partial<Run['spec']> = {}) =>
  aRun()
    .withHandler()
    .withSpec({ limits: { nodeLostSeconds: 60 }, ...spec })
    .build();

function cutOff(spec: Partial<Run['spec']> = {}): World {
  const world = running(aRunWithPatience(spec));
  world.nodes.lose();
  return world.settle();
}

describe('a node that does not answer', () => {
  it('is waited for, visibly, and costs nothing when it returns', () => {
    const world = cutOff();
    expect(conditionIn(world, 'NodeUnreachable')).toMatchObject({
      status: 'True',
      reason: 'NodeUnreachable',
    });
    expect(conditionIn(world, 'NodeUnreachable')?.message).toContain('node node1 of pod nightly-m1');
    expect(world.decisions.at(-1)?.wakeAt).toBe(world.now + 60_000);
    world.pass(59).settle();
    world.nodes.return();
    world.settle().pass(60).settle();
    expect(conditionIn(world, 'NodeUnreachable')?.status).toBe('False');
    handle(world.end(MAIN, 0));
    expect(statusOf(world)).toMatchObject({ phase: 'Succeeded', attempts: [{ outcome: 'Succeeded' }] });
  });

  it('is given up after nodeLostSeconds: Lost, the handler runs, and nothing is tried again', () => {
    const world = cutOff({ retry: { maxAttempts: 3, rules: [{ action: 'Retry' }] } })
      .pass(60)
      .settle();
    expect(statusOf(world)).toMatchObject({
      phase: 'Exiting',
      main: { outcome: 'Lost', reason: 'NodeLost' },
      attempts: [{ outcome: 'Lost', unconfirmed: true }],
    });
    expect(statusOf(world).main?.message).toContain(
      'limits.nodeLostSeconds (60 s): its container may still run',
    );
    handle(world);
    expect(statusOf(world)).toMatchObject({ phase: 'Failed', exit: { receipt: { exitCode: 0 } } });
    expect(statusOf(world).attempts).toHaveLength(1);
  });

  it('brings back a pod that is killed, and whose end is a late fact', () => {
    const world = handle(cutOff().pass(60).settle());
    expect(world.pod(MAIN)?.metadata?.deletionTimestamp).toBeDefined();
    expect(world.run?.metadata.finalizers).not.toEqual([]);
    world.nodes.return();
    world.pass(30).end(MAIN, 0).settle();
    expect(toldOf(world)).toContain('LateEnd');
    expect(world.pod(MAIN)).toBeUndefined();
    expect(world.run?.metadata.finalizers).toEqual([]);
    expect(statusOf(world)).toMatchObject({ phase: 'Failed', main: { outcome: 'Lost' } });
  });

  it('is followed by another attempt where the run allows it', () => {
    const world = cutOff({ retry: { afterUnconfirmedLoss: true } })
      .pass(60)
      .settle();
    expect(statusOf(world)).toMatchObject({ phase: 'Queued', reason: 'NodeLost' });
    expect(conditionIn(world, 'NodeUnreachable')?.status).toBe('False');
    world.now = Date.parse(statusOf(world).retryAt ?? '');
    world.settle().start('nightly-m2').settle();
    expect(statusOf(world)).toMatchObject({
      phase: 'Running',
      attempts: [{ unconfirmed: true }, { node: 'node2' }],
    });
    world.nodes.return();
    world.end(MAIN, 0).settle();
    expect(toldOf(world)).toContain('LateEnd');
    expect(statusOf(world).phase).toBe('Running');
  });

  it('holds up no cancel for longer than nodeLostSeconds', () => {
    const world = cutOff().cancelRun().settle();
    expect(statusOf(world).verdicts).toMatchObject({ 'uid-1': { reason: 'Cancelled' } });
    world.pass(60).settle();
    expect(statusOf(world)).toMatchObject({
      phase: 'Exiting',
      main: { outcome: 'Cancelled', reason: 'Cancelled' },
      attempts: [{ unconfirmed: true }],
    });
  });
});

describe('a node that is gone', () => {
  it('has ended its pods for certain: the run moves on by itself', () => {
    const world = cutOff();
    world.nodes.remove();
    world.settle();
    expect(statusOf(world)).toMatchObject({
      phase: 'Queued',
      reason: 'NodeLost',
      attempts: [{ outcome: 'Lost' }],
    });
    expect(statusOf(world).attempts[0]?.unconfirmed).toBeUndefined();
    expect(world.pod(MAIN)?.metadata?.finalizers).toEqual([]);
    world.now = Date.parse(statusOf(world).retryAt ?? '');
    handle(world.settle().start('nightly-m2').settle().end('nightly-m2', 0));
    expect(statusOf(world)).toMatchObject({ phase: 'Succeeded', attempts: [{}, { outcome: 'Succeeded' }] });
  });

  it('takes the handler along, which is tried again at once after its back-off', () => {
    const world = running(aRunWithPatience()).end(MAIN, 0).settle().start('nightly-x1').settle();
    world.nodes.lose();
    world.nodes.remove();
    world.settle();
    expect(statusOf(world)).toMatchObject({ phase: 'Exiting', exit: { attempts: 1, reason: 'NodeLost' } });
    world.pass(10);
    expect(statusOf(handle(world))).toMatchObject({ phase: 'Succeeded', exit: { attempts: 2 } });
  });
});

describe('a pod that is to go and whose end nobody reports', () => {
  it('is waited for no longer than nodeLostSeconds after its time to end, though its node seems well', () => {
    const world = running(aRunWithPatience()).cancelRun().settle();
    world.pass(30 + 59).settle();
    expect(statusOf(world).phase).toBe('Running');
    world.pass(1).settle();
    expect(statusOf(world)).toMatchObject({ phase: 'Exiting', main: { outcome: 'Cancelled' } });
    expect(statusOf(world).main?.message).toContain('nobody reported the end of pod nightly-m1');
  });

  it('is PodDeleted where it was somebody else who wanted it gone', () => {
    const world = running(aRunWithPatience()).remove(MAIN).settle().pass(90).settle();
    expect(statusOf(world)).toMatchObject({
      phase: 'Exiting',
      main: { outcome: 'Failed', reason: 'PodDeleted' },
      attempts: [{ unconfirmed: true }],
    });
  });
});
