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
    expect(explain(runOf(world), { pods: [pod] })).toMatchObject({
      headline: 'Pending: ImagePullFailed',
      reason: 'ImagePullFailed',
      next: 'Check the name and tag of the image, the registry, and imagePullSecrets.',
    });
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
