import { describe, expect, it } from 'vitest';
import type { RunSpec } from '../run/run.ts';
import { MAX_STATUS_BYTES } from '../run/status.ts';
import { aRun } from '../testing/aRun.ts';
import { conditionIn, handle, MAIN, running, statusOf, toldOf } from '../testing/lifeOf.ts';
import type { World } from '../testing/world.ts';

const SECOND = 'nightly-m2';

const retried = (spec: Partial<RunSpec> = {}) =>
  running(
    aRun()
      .withHandler()
      .withSpec({ retry: { maxAttempts: 3 }, ...spec })
      .build(),
  );

/** Moves time to the moment at which the next attempt may start. */
function waitForIt(world: World): World {
  world.now = Date.parse(statusOf(world).retryAt ?? '');
  return world.settle();
}

/** Goes through an attempt that fails. */
function fail(world: World, name: string, exitCode = 1): World {
  return world.settle().start(name).settle().end(name, exitCode).settle();
}

describe('an attempt that failed and is retried', () => {
  it('gives its slot back and waits, visibly, with its age kept', () => {
    const world = retried().end(MAIN, 1).settle();
    const status = statusOf(world);
    expect(status).toMatchObject({ phase: 'Queued', reason: 'ExitCode' });
    expect(status.message).toContain('attempt 1 failed; attempt 2 may start at');
    expect(status.attempts).toMatchObject([
      { number: 1, outcome: 'Failed', exitCode: 1, logTail: 'the last line' },
    ]);
    const pause = Date.parse(status.retryAt ?? '') - world.now;
    expect(pause).toBeGreaterThanOrEqual(10_000);
    expect(pause).toBeLessThanOrEqual(12_000);
    expect(world.decisions.at(-1)?.wakeAt).toBe(world.now + pause);
    expect(conditionIn(world, 'Admitted')).toMatchObject({ status: 'False', reason: 'BackOff' });
    expect(conditionIn(world, 'Admitted')?.message).toContain(status.retryAt);
    expect(conditionIn(world, 'Started')).toMatchObject({ status: 'False', reason: 'BackOff' });
    expect(Object.keys(status.timeline)).toEqual(['acceptedAt']);
    expect(world.pod(MAIN)?.metadata?.finalizers).toEqual([]);
    expect(world.pod('nightly-x1')).toBeUndefined();
    expect(toldOf(world)).toContain('ExitCode');
  });

  it('is admitted anew and starts under the next name, behind its own gate', () => {
    const world = waitForIt(retried().end(MAIN, 1).settle());
    expect(statusOf(world)).toMatchObject({
      phase: 'Pending',
      attempts: [{}, { number: 2, podName: SECOND }],
    });
    expect(statusOf(world).retryAt).toBeUndefined();
    expect(statusOf(world).reason).toBeUndefined();
    expect(conditionIn(world, 'Admitted')?.status).toBe('True');
    handle(world.start(SECOND).settle().end(SECOND, 0));
    expect(statusOf(world)).toMatchObject({
      phase: 'Succeeded',
      main: { outcome: 'Succeeded' },
      attempts: [{}, {}],
    });
    expect(world.writes.filter((word) => word === 'create exit')).toHaveLength(1);
  });

  it('costs six writes more: the wait, the release of the pod, the next one, its record, its gate and its start', () => {
    const once = handle(running().end(MAIN, 0)).writes.length;
    const world = waitForIt(retried().end(MAIN, 1).settle());
    handle(world.start(SECOND).settle().end(SECOND, 0));
    expect(world.writes.length - once).toBe(6);
  });

  it('waits its turn when its slot is taken meanwhile', () => {
    const world = retried().end(MAIN, 1).settle();
    world.admission = { kind: 'waits', reason: 'LimitReached', message: '1 of 1 runs' };
    waitForIt(world);
    expect(statusOf(world).phase).toBe('Queued');
    expect(conditionIn(world, 'Admitted')).toMatchObject({ status: 'False', reason: 'LimitReached' });
    expect(world.pod(SECOND)).toBeUndefined();
  });

  it('waits longer each time, and the handler runs once, after the last', () => {
    const world = fail(waitForIt(retried().end(MAIN, 1).settle()), SECOND);
    const pause = Date.parse(statusOf(world).retryAt ?? '') - world.now;
    expect(pause).toBeGreaterThanOrEqual(20_000);
    fail(waitForIt(world), 'nightly-m3', 7);
    expect(statusOf(world)).toMatchObject({ phase: 'Exiting', main: { exitCode: 7 } });
    expect(statusOf(handle(world))).toMatchObject({ phase: 'Failed', attempts: [{}, {}, { exitCode: 7 }] });
    expect(world.writes.filter((word) => word === 'create exit')).toHaveLength(1);
  });

  it.each<[string, (world: World) => World, string]>([
    ['cancelled', (world) => world.cancelRun(), 'Cancelled'],
    ['deleted', (world) => world.removeRun(), 'Deleted'],
  ])('goes to its handler at once when the run is %s in the wait', (_how, stop, reason) => {
    const world = stop(retried().end(MAIN, 1).settle().pass(5)).settle();
    expect(statusOf(world)).toMatchObject({ phase: 'Exiting', main: { outcome: 'Cancelled', reason } });
    expect(Date.parse(statusOf(world).timeline.finishedAt ?? '')).toBe(world.now);
    handle(world);
    expect(world.statuses.at(-1)).toMatchObject({ phase: 'Cancelled', attempts: [{ outcome: 'Failed' }] });
  });

  it('is not waited for when the run was cancelled before its end was seen', () => {
    const world = retried().end(MAIN, 1).cancelRun().settle();
    expect(statusOf(world)).toMatchObject({
      phase: 'Exiting',
      main: { outcome: 'Cancelled' },
      attempts: [{ outcome: 'Failed', reason: 'ExitCode' }],
    });
  });
});

describe('limits of a run with several attempts', () => {
  it('runSeconds counts anew', () => {
    const limits = { runSeconds: 60 };
    const world = waitForIt(retried({ limits }).pass(50).settle().end(MAIN, 1).settle());
    world.start(SECOND).settle().pass(59).settle();
    expect(statusOf(world)).toMatchObject({ phase: 'Running' });
    expect(statusOf(world).verdicts).toBeUndefined();
    world.pass(1).settle();
    expect(statusOf(world).verdicts).toMatchObject({ 'uid-2': { reason: 'RunTimeout' } });
  });

  it('startSeconds counts anew', () => {
    const limits = { startSeconds: 60 };
    const world = waitForIt(retried({ limits }).pass(50).settle().end(MAIN, 1).settle());
    world.pass(59).settle();
    expect(statusOf(world).phase).toBe('Pending');
    world.pass(1).settle();
    expect(statusOf(world).verdicts).toMatchObject({ 'uid-2': { reason: 'StartTimeout' } });
  });

  it('totalSeconds counts on, and no attempt is waited for that would come too late', () => {
    const limits = { totalSeconds: 60 };
    const world = retried({ limits }).pass(45).settle().end(MAIN, 1).settle();
    expect(statusOf(world)).toMatchObject({ phase: 'Queued' });
    fail(waitForIt(world), SECOND);
    expect(statusOf(world)).toMatchObject({ phase: 'Exiting', main: { reason: 'ExitCode' } });
  });

  it('totalSeconds ends a run in its wait', () => {
    const spec = {
      limits: { totalSeconds: 60, queueSeconds: 60 },
      retry: { maxAttempts: 3, backoffSeconds: 40 },
    };
    const world = retried(spec).end(MAIN, 1).settle();
    world.admission = { kind: 'waits', reason: 'LimitReached', message: '1 of 1 runs' };
    waitForIt(world).pass(20).settle();
    expect(statusOf(world)).toMatchObject({ phase: 'Exiting', main: { reason: 'TotalTimeout' } });
  });

  it('queueSeconds counts from the end of the back-off', () => {
    const world = retried({ limits: { queueSeconds: 30 } })
      .end(MAIN, 1)
      .settle();
    world.admission = { kind: 'waits', reason: 'LimitReached', message: '1 of 1 runs' };
    waitForIt(world).pass(29).settle();
    expect(statusOf(world).phase).toBe('Queued');
    world.pass(1).settle();
    expect(statusOf(world)).toMatchObject({
      phase: 'Exiting',
      main: { outcome: 'Failed', reason: 'QueueTimeout' },
    });
    expect(statusOf(world).message).toContain('1 of 1 runs');
  });
});

describe('a run that is moved by its cluster', () => {
  it('is tried again three times without asking for it, and then fails', () => {
    const world = running();
    for (const name of ['nightly-m1', 'nightly-m2', 'nightly-m3']) {
      world.start(name).settle().evict(name).settle();
      expect(statusOf(world)).toMatchObject({ phase: 'Queued', reason: 'Evicted' });
      waitForIt(world);
    }
    world.start('nightly-m4').settle().evict('nightly-m4').settle();
    expect(statusOf(handle(world))).toMatchObject({ phase: 'Failed', reason: 'Evicted' });
    expect(statusOf(world).attempts).toHaveLength(4);
  });

  it('keeps all its attempts in a status that fits, however much they say', () => {
    const retry = { maxAttempts: 15, backoffSeconds: 1, maxBackoffSeconds: 1 };
    const world = retried({ retry });
    world.tail = '"'.repeat(1024);
    world.settle();
    for (let number = 1; number <= 15; number += 1) {
      fail(world, `nightly-m${number}`);
      if (number < 15) waitForIt(world);
    }
    expect(statusOf(world).phase).toBe('Exiting');
    expect(statusOf(world).attempts).toHaveLength(15);
    for (const status of world.statuses) {
      expect(Buffer.byteLength(JSON.stringify(status))).toBeLessThanOrEqual(MAX_STATUS_BYTES);
    }
  });
});
