import { describe, expect, it } from 'vitest';
import type { Run } from '../run/run.ts';
import { aPod } from '../testing/aPod.ts';
import { aRun } from '../testing/aRun.ts';
import { World } from '../testing/world.ts';
import { explain } from './explain.ts';

function runOf(world: World): Run {
  if (world.run === undefined) {
    throw new Error('the run is gone');
  }
  return world.run;
}

function failed(): World {
  const world = new World(aRun().withHandler().build()).settle().start('nightly-m1').settle();
  return world.end('nightly-m1', 3).settle();
}

describe('explain', () => {
  it('says why a run failed, on what that rests, and what to do', () => {
    const world = failed().start('nightly-x1').settle().end('nightly-x1', 0).settle();
    const answer = explain(runOf(world));
    expect(answer).toMatchObject({
      headline: 'Failed: ExitCode',
      reason: 'ExitCode',
      sentence: 'container main of pod nightly-m1 failed with exit code 3',
      next: 'See the end of its log.',
    });
    const evidence = answer.evidence.join('\n');
    expect(evidence).toContain('attempt 1: Failed with exit code 3');
    expect(evidence).toContain('log of attempt 1: the last line');
    expect(evidence).toContain('receipt of the exit handler: exit code 0');
  });

  it('names the template, where there is one: an OMJob is its own', () => {
    const run = runOf(failed());
    expect(explain(run).evidence[0]).toMatch(/^accepted at \S+, template \S+$/);
    if (run.status === undefined) throw new Error('the run has no status');
    const { template: _template, ...status } = run.status;
    expect(explain({ ...run, status }).evidence[0]).toMatch(/^accepted at \S+$/);
  });

  it('says that no log is kept of a main that failed, rather than nothing', () => {
    const run = runOf(failed());
    const [attempt] = run.status?.attempts ?? [];
    if (run.status === undefined || attempt === undefined) throw new Error('the run has no attempt');
    const status = { ...run.status, attempts: [{ ...attempt, logTail: '' }] };
    expect(explain({ ...run, status }).evidence.join('\n')).toContain(
      'log of attempt 1: nothing is kept: it was empty, or it could not be read before the pod went',
    );
  });

  it('says that a handler was given up, also when main went well', () => {
    const world = new World(
      aRun()
        .withHandler()
        .withSpec({ exitRetry: { maxAttempts: 1 } })
        .build(),
    );
    world.settle().start('nightly-m1').settle().end('nightly-m1', 0).settle();
    world.start('nightly-x1').settle().end('nightly-x1', 2).settle();
    const answer = explain(runOf(world));
    expect(answer.headline).toBe('Succeeded: Completed');
    expect(answer.next).toContain(
      'The exit handler did not succeed (ExitCode): do by hand what it should have done.',
    );
  });

  it('asks the living pod why it waits: the status does not follow each change', () => {
    const world = new World(aRun().build()).settle();
    const pod = aPod().named('nightly-m1', 'uid-1').waiting('ErrImagePull', 'not found').build();
    const answer = explain(runOf(world), { pods: [pod] });
    expect(answer).toMatchObject({
      headline: 'Pending: ImagePullFailed',
      reason: 'ImagePullFailed',
      next: 'Check the name and tag of busybox:1: the registry does not have it.',
    });
    expect(answer.evidence).toContain(
      'pod nightly-m1 is Pending on node node1: container main waits (ErrImagePull)',
    );
  });

  it('quotes what was said about a pod that waits in silence', () => {
    const world = new World(aRun().build()).settle();
    const pod = aPod().named('nightly-m1', 'uid-1').waiting('ContainerCreating').build();
    const message = 'MountVolume.SetUp failed for volume "cfg" : secret "db" not found';
    const event = { type: 'Warning', reason: 'FailedMount', message, count: 7, at: 0, source: 'kubelet' };
    const answer = explain(runOf(world), { pods: [pod], events: new Map([['uid-1', [event]]]) });
    expect(answer).toMatchObject({
      headline: 'Pending: ConfigError',
      next: 'Create Secret db in the namespace of the run, or correct the reference to it.',
    });
    expect(answer.evidence).toContain(`kubelet said: FailedMount: ${message} (7 times)`);
  });

  it('tells its place in the queue, what holds it, and when it may start', () => {
    const run = aRun().build();
    const world = new World(run);
    world.admission = { kind: 'waits', reason: 'LimitReached', message: 'queue nightly runs 10 of 10' };
    world.settle();
    const answer = explain(runOf(world), {
      now: world.now,
      position: {
        queue: 'nightly',
        queueNamespace: 'team',
        position: 3,
        waiting: 7,
        reason: 'LimitReached',
        message: 'queue nightly runs 10 of 10',
        estimatedStartAt: world.now + 125_000,
      },
    });
    expect(answer).toMatchObject({ headline: 'Queued: LimitReached' });
    expect(answer.sentence).toBe('it waits to be admitted: queue nightly runs 10 of 10');
    expect(answer.evidence[0]).toMatch(/^place 3 of 7 in queue nightly: .*\(in 2 min 5 s\)$/);
    expect(answer.limits).toEqual([
      'limits.queueSeconds: 1 d left of 1 d, counted from acceptance; between two attempts the end of the back-off',
    ]);
  });

  it('says what is left of each limit that counts', () => {
    const world = new World(
      aRun().withHandler().withLimits({ runSeconds: 3_600, totalSeconds: 7_200 }).build(),
    );
    world.settle().start('nightly-m1').settle().pass(100);
    expect(explain(runOf(world), { now: world.now }).limits).toEqual([
      'limits.runSeconds: 58 min 20 s left of 1 h, counted from the start of main',
      'limits.totalSeconds: 1 h 58 min left of 2 h, counted from acceptance',
    ]);
    world.end('nightly-m1', 0).settle().pass(60);
    expect(explain(runOf(world), { now: world.now }).limits).toEqual([
      'limits.exitSeconds: 4 min left of 5 min, counted from the beginning of the attempt, be its pod made or not',
    ]);
    world.start('nightly-x1').settle().end('nightly-x1', 0).settle();
    expect(explain(runOf(world), { now: world.now }).limits).toEqual([
      'ttlSeconds: the run is removed in 1 h',
    ]);
  });

  it('takes limits as they were frozen, whatever the spec resolves to today', () => {
    const world = new World(aRun().build()).settle().start('nightly-m1').settle();
    const limits = { runSeconds: 60, stallSeconds: 30 };
    expect(explain(runOf(world), { now: world.now, limits }).limits).toEqual([
      'limits.runSeconds: 1 min left of 1 min, counted from the start of main',
      'limits.stallSeconds: 30 s for the silence of main, counted from the last sign of progress, at first the start of main',
    ]);
  });

  it('tells the limits of the init containers once one is at work', () => {
    const run = aRun().withLimits({ initIdleSeconds: 60, initMaxSeconds: 600, startSeconds: 300 }).build();
    const world = new World(run).settle();
    const startedAt = new Date(world.now).toISOString();
    const init = { name: 'fetch', state: { running: { startedAt } } };
    world.change('nightly-m1', (pod) => ({
      ...pod,
      status: { ...pod.status, initContainerStatuses: [init as never] },
    }));
    world.pass(100);
    expect(explain(runOf(world), { now: world.now, pods: world.pods }).limits).toEqual([
      expect.stringMatching(
        /^limits.initMaxSeconds: 13 min 20 s left of 15 min \(with limits.startSeconds\), /,
      ),
      expect.stringMatching(/^limits.initIdleSeconds: 1 min for the silence of an init container, /),
    ]);
  });

  it('shows the wait before the next attempt, and why there is one', () => {
    const run = aRun()
      .withSpec({ retry: { maxAttempts: 2, backoffSeconds: 60 } })
      .build();
    const world = new World(run).settle().start('nightly-m1').settle().end('nightly-m1', 3).settle();
    const answer = explain(runOf(world), { now: world.now });
    expect(answer.headline).toBe('Queued: ExitCode');
    expect(answer.evidence.join('\n')).toMatch(/attempt 2 may start at .*, after its back-off/);
    expect(answer.limits).toEqual([]);
  });

  it('says of a run that only a newer version understands that it is left alone, and why', () => {
    const world = new World(aRun().build()).settle().start('nightly-m1').settle();
    const run = runOf(world);
    const newer = { ...run, status: { ...run.status, phase: 'Suspended' } } as unknown as Run;
    const answer = explain(newer, { now: world.now });
    expect(answer.phase).toBe('Suspended');
    expect(answer.unknown[0]).toMatch(/"Suspended".*leaves it alone/);
  });

  it('names what can not be known, and why', () => {
    const run = runOf(failed());
    const [attempt] = run.status?.attempts ?? [];
    if (run.status === undefined || attempt === undefined) throw new Error('the run has no attempt');
    const { exitCode: _, ...lost } = {
      ...attempt,
      reason: 'NodeLost',
      logTail: '',
      unconfirmed: true,
    } as const;
    const answer = explain(
      { ...run, status: { ...run.status, attempts: [lost] } },
      { unread: ['its Events'] },
    );
    expect(answer.unknown).toEqual([
      'its Events',
      'whether container main of attempt 1 has stopped: nobody could report it (pod nightly-m1)',
      'the exit code of attempt 1: its node never reported the end of main',
      'the log of attempt 1: its node could not be asked for it',
    ]);
    expect(explain(run).unknown).toEqual([]);
  });

  it('says which rule is ending a run, and who asked', () => {
    const world = new World(aRun().build()).settle().start('nightly-m1').settle().cancelRun('ann').settle();
    expect(explain(runOf(world)).sentence).toBe(
      'its main pod is being ended: cancelled by ann (spec.cancel)',
    );
  });

  it('wonders about the operator when nobody has accepted the run', () => {
    expect(explain(aRun().build()).sentence).toContain('the operator has not accepted it yet');
  });

  it('names the field of a spec that was refused', () => {
    const world = new World(aRun().withSpec({ profile: 'synk' }).build()).settle();
    expect(explain(runOf(world))).toMatchObject({ headline: 'Refused: SpecInvalid' });
    expect(explain(runOf(world)).sentence).toContain('spec.profile');
  });

  it('has something to say of a run that is well', () => {
    const world = new World(aRun().build()).settle();
    expect(explain(runOf(world))).toMatchObject({ headline: 'Pending' });
    world.start('nightly-m1').settle();
    expect(explain(runOf(world)).sentence).toBe('main runs in pod nightly-m1');
  });
});
