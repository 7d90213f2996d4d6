import { describe, expect, it } from 'vitest';
import type { RunSpec } from '../run/run.ts';
import { aRun } from '../testing/aRun.ts';
import { conditionIn, handle, MAIN, running, statusOf, toldOf } from '../testing/lifeOf.ts';
import { World } from '../testing/world.ts';

function ended(exitCode: number, spec: Partial<RunSpec> = {}): World {
  return handle(running(aRun().withHandler().withSpec(spec).build()).end(MAIN, exitCode));
}

describe('a run that has ended', () => {
  it.each([
    ['an hour after success', 0, 3_600],
    ['a day after failure', 1, 86_400],
  ])('goes %s, with all that it made', (_when, exitCode, seconds) => {
    const world = ended(exitCode);
    expect(world.decisions.at(-1)?.wakeAt).toBe(world.now + seconds * 1000);
    world.pass(seconds - 1).settle();
    expect(world.run).toBeDefined();
    world.pass(1).settle();
    expect(world.run).toBeUndefined();
    expect(world.pods).toEqual([]);
    expect(world.writes.at(-1)).toBe('delete run');
  });

  it('goes at once when it is more than its schedule keeps, once its evidence is stored', () => {
    const world = ended(0);
    world.evidenceStored = new Set();
    world.isSurplus = true;
    world.settle();
    expect(statusOf(world).phase).toBe('Succeeded');
    world.storeEvidence();
    world.settle();
    expect(world.run).toBeUndefined();
  });

  it('stays for the back-off of its key, however many its schedule has made', () => {
    const world = ended(1, { dedupe: { key: 'k', whenActive: 'Reject', afterFailureSeconds: 90_000 } });
    world.isSurplus = true;
    world.pass(89_999).settle();
    expect(world.run).toBeDefined();
    world.pass(1).settle();
    expect(world.run).toBeUndefined();
  });

  it('writes nothing while it is kept', () => {
    const world = ended(0);
    const { length } = world.writes;
    world.pass(1_800).settle();
    expect(world.writes).toHaveLength(length);
  });

  it('goes after five minutes when it was refused', () => {
    const world = new World(
      aRun()
        .withSpec({ profile: 'synk', ttlSeconds: { failed: 9 } })
        .build(),
    ).settle();
    world.pass(299).settle();
    expect(statusOf(world).phase).toBe('Refused');
    world.pass(1).settle();
    expect(world.run).toBeUndefined();
  });

  it('loses its pods first where they are kept for less', () => {
    const world = ended(1, { keepPodSeconds: { failed: 60 } });
    expect(world.decisions.at(-1)?.wakeAt).toBe(world.now + 60_000);
    world.pass(60).settle();
    expect(world.pods).toEqual([]);
    expect(statusOf(world).phase).toBe('Failed');
    expect(world.decisions.at(-1)?.wakeAt).toBe(world.now + 86_340_000);
  });

  it('keeps the pods of a build that failed no longer than it takes to note its end', () => {
    const world = ended(1, { profile: 'build' });
    expect(world.pods).toEqual([]);
    expect(statusOf(world).phase).toBe('Failed');
  });

  it('hears a change of its spec after its end', () => {
    const world = ended(0);
    const { run } = world;
    if (run !== undefined) world.run = { ...run, spec: { ...run.spec, ttlSeconds: { succeeded: 10 } } };
    world.pass(9).settle();
    expect(world.run).toBeDefined();
    world.pass(1).settle();
    expect(world.run).toBeUndefined();
  });

  it('has the defaults where an earlier version ended it, and noted nothing', () => {
    const world = ended(0);
    const { retention: _, ...older } = statusOf(world);
    if (world.run !== undefined) world.run = { ...world.run, status: older };
    world.pass(3_599).settle();
    expect(world.run).toBeDefined();
    world.pass(1).settle();
    expect(world.run).toBeUndefined();
  });
});

describe('evidence that a store keeps', () => {
  const stored = (spec: Partial<RunSpec> = {}) => {
    const world = running(
      aRun()
        .withSpec({ keepPodSeconds: { failed: 10 }, ...spec })
        .build(),
    );
    world.evidenceStored = new Set();
    return world.end(MAIN, 1).settle();
  };

  it('is there before a pod goes; the wait is told once, and is over when it is', () => {
    const world = stored().pass(10).settle().pass(10).settle();
    expect(world.pod(MAIN)).toBeDefined();
    expect(conditionIn(world, 'EvidenceWaiting')).toMatchObject({ status: 'True', reason: 'NotStored' });
    expect(conditionIn(world, 'EvidenceWaiting')?.message).toContain(MAIN);
    expect(toldOf(world).filter((reason) => reason === 'EvidenceWaiting')).toHaveLength(1);
    world.storeEvidence().settle();
    expect(world.pod(MAIN)).toBeUndefined();
    expect(conditionIn(world, 'EvidenceWaiting')?.status).toBe('False');
  });

  it('is there before the run goes, its own last state with it', () => {
    const world = stored().storeEvidence();
    world.evidenceStored = new Set(['uid-1']);
    world.settle().pass(86_400).settle();
    expect(conditionIn(world, 'EvidenceWaiting')?.status).toBe('True');
    world.storeEvidence().settle();
    expect(world.run).toBeUndefined();
  });

  it('is there before the pod of a handler goes that ran while its run was deleted', () => {
    const world = running();
    world.evidenceStored = new Set();
    world.removeRun().settle().pass(1).end(MAIN, 143).settle();
    handle(world);
    expect(world.run).toBeDefined();
    const deleted = () => world.acts.filter(({ action }) => action.kind === 'deletePod').length;
    const before = deleted();
    world.storeEvidence().pass(1).settle();
    expect(deleted()).toBe(before + 1);
    expect(world.run).toBeUndefined();
  });

  it('holds up a deleted run for a minute at most: then the sweeper goes on waiting', () => {
    const world = running();
    world.evidenceStored = new Set();
    world.removeRun().settle().pass(1).end(MAIN, 143).settle();
    handle(world).pass(59).settle();
    expect(world.run).toBeDefined();
    world.pass(1).settle();
    expect(world.run).toBeUndefined();
    expect(world.pods).toHaveLength(1);
  });

  it('holds up neither the run nor its handler', () => {
    const world = running();
    world.evidenceStored = new Set();
    expect(statusOf(handle(world.cancelRun().settle().pass(1).end(MAIN, 143)))).toMatchObject({
      phase: 'Cancelled',
      exit: { receipt: { exitCode: 0 } },
    });
  });
});
