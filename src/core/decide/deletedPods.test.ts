import { describe, expect, it } from 'vitest';
import { aRun } from '../testing/aRun.ts';
import { handle, MAIN, running, statusOf, toldOf } from '../testing/lifeOf.ts';
import { terminatingPod } from '../testing/podLife.ts';
import type { World } from '../testing/world.ts';
import type { PodEvent } from './decision.ts';

const EXIT = 'nightly-x1';

/** Somebody deletes the pod at second 5, its main ends by itself at second 8, its kubelet deletes it for good at second 9. */
function deletedMain(exitCode: number): World {
  const world = running().pass(5).remove(MAIN).pass(3).end(MAIN, exitCode).pass(1);
  return world.change(MAIN, (pod) => terminatingPod(pod, 0, world.now));
}

describe('a main pod of which the operator sees no more than its last delete', () => {
  const said = (world: World, reason: string, message: string, secondsAgo: number): PodEvent => ({
    type: 'Normal',
    reason,
    message,
    count: 1,
    at: world.now - secondsAgo * 1000,
    source: 'kubelet',
    container: 'main',
  });

  it.each([0, 3])('is PodDeleted with exit code %i, for it was seen to go before', (code) => {
    const world = deletedMain(code).settle();
    expect(statusOf(world).main).toMatchObject({ outcome: 'Failed', reason: 'PodDeleted', exitCode: code });
  });

  it.each([0, 3])(
    'is PodDeleted with exit code %i where only its kubelet told that it was stopped',
    (code) => {
      const world = deletedMain(code);
      world.deletionsSeen.clear();
      world.said.set(MAIN, [
        said(world, 'Started', 'Started container main', 9),
        said(world, 'Killing', 'Stopping container main', 4),
      ]);
      world.settle();
      expect(statusOf(world).main).toMatchObject({ outcome: 'Failed', reason: 'PodDeleted', exitCode: code });
    },
  );

  it.each<[number, string]>([
    [0, 'Completed'],
    [3, 'ExitCode'],
  ])('with exit code %i is %s where nothing tells, and says that it may be otherwise', (code, reason) => {
    const world = deletedMain(code);
    world.deletionsSeen.clear();
    world.settle();
    expect(statusOf(world).main).toMatchObject({ reason, exitCode: code });
    expect(statusOf(world).main?.message).toContain('nothing tells any more');
  });

  it('costs no write more', () => {
    const plain = handle(running().end(MAIN, 3)).writes;
    expect(handle(deletedMain(3)).writes).toEqual(plain);
  });
});

describe('a handler whose pod somebody removes by force', () => {
  const handled = () =>
    running(
      aRun()
        .withHandler()
        .withSpec({ exitRetry: { maxAttempts: 1, backoffSeconds: 10 }, limits: { exitSeconds: 60 } })
        .build(),
    )
      .end(MAIN, 0)
      .settle()
      .start(EXIT)
      .settle();

  it('gets another pod of the same attempt, which is told, and uses up none', () => {
    const world = handled().pass(10).vanish(EXIT).settle();
    expect(world.pod(EXIT)?.metadata?.uid).toBe('uid-3');
    expect(world.decisions.at(-2)?.events).toMatchObject([{ type: 'Warning', reason: 'PodDeleted' }]);
    expect(statusOf(handle(world))).toMatchObject({
      phase: 'Succeeded',
      exit: { attempts: 1, outcome: 'Succeeded', receipt: { podUID: 'uid-3' } },
    });
  });

  it('gets no two pods within its back-off', () => {
    const world = handled().pass(4).vanish(EXIT).settle();
    expect(world.pod(EXIT)).toBeUndefined();
    expect(world.decisions.at(-1)?.wakeAt).toBe(world.now + 6_000);
    world.pass(6).settle().vanish(EXIT).settle();
    expect(world.pod(EXIT)).toBeUndefined();
    expect(world.writes.filter((word) => word === 'create exit')).toHaveLength(2);
  });

  it('gets it at once from a leader that did not make the first', () => {
    const world = handled().vanish(EXIT);
    world.madeAt.clear();
    expect(world.settle().pod(EXIT)?.metadata?.uid).toBe('uid-3');
    expect(statusOf(world).exit).toMatchObject({ attempts: 1 });
    expect(toldOf(world)).not.toContain('PodDeleted');
  });

  it('is given up at its limit all the same, which counts from the beginning of its attempt', () => {
    const world = handled();
    for (let pods = 0; pods < 5; pods += 1) {
      world.vanish(EXIT).pass(10).settle();
      expect(statusOf(world)).toMatchObject({ phase: 'Exiting', exit: { attempts: 1 } });
    }
    world.vanish(EXIT).pass(10).settle();
    expect(statusOf(world)).toMatchObject({
      phase: 'Succeeded',
      exit: { attempts: 1, outcome: 'Failed', reason: 'ExitTimeout' },
    });
  });
});

describe('the handler of a run that was deleted', () => {
  it('is removed with its run, though the cache shows its pod no more when its evidence is stored', () => {
    const world = running(aRun().withHandler().build()).removeRun().settle();
    world.evidenceStored = new Set();
    world.end(MAIN, 0).settle().start(EXIT).settle().end(EXIT, 0).settle();
    expect(world.pod(EXIT)).toBeDefined();
    world.storeEvidence();
    world.hidePods().settle();
    expect(world.run).toBeUndefined();
    expect(world.pods).toEqual([]);
  });
});
