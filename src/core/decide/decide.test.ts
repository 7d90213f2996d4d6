import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import { FINALIZER } from '../naming/naming.ts';
import { isTrue } from '../run/conditions.ts';
import type { Run, RunStatus } from '../run/run.ts';
import { aRun } from '../testing/aRun.ts';
import { at } from '../testing/fixedClock.ts';
import { endedPod } from '../testing/podLife.ts';
import { World } from '../testing/world.ts';
import { decide, STEPS } from './decide.ts';

const main = 'nightly-m1';
const exit = 'nightly-x1';

function withHandler(): World {
  return new World(aRun().withHandler().build());
}

function running(run: Run = aRun().withHandler().build()): World {
  return new World(run).settle().start(main).settle();
}

function statusOf(world: World): RunStatus {
  if (world.run?.status === undefined) {
    throw new Error('the run has no status');
  }
  return world.run.status;
}

/** Lets the handler run and end, and the run with it. */
function handle(world: World, exitCode = 0): World {
  return world.settle().start(exit).settle().end(exit, exitCode).settle();
}

describe('decide', () => {
  it('takes a run with a handler to its end in nine writes', () => {
    const world = handle(running().end(main, 0));
    expect(world.writes).toEqual([
      'create main',
      'status Pending',
      'ungate',
      'status Running',
      'status Exiting',
      'create exit',
      'release pod',
      'status Succeeded',
      'release run',
    ]);
    expect(isTrue(statusOf(world), 'Finished')).toBe(true);
  });

  it('holds a run again whose finalizer somebody took off, so that deleting it still cancels it with its handler', () => {
    const world = running();
    const run = world.run as Run;
    world.run = { ...run, metadata: { ...run.metadata, finalizers: [] } };
    world.settle();
    expect(world.run?.metadata.finalizers).toEqual([FINALIZER.exitOwed]);
    expect(world.writes.filter((write) => write === 'hold run')).toHaveLength(1);
  });

  it('takes a run without a handler to its end in seven writes', () => {
    const world = running(aRun().build()).end(main, 0).settle();
    expect(world.writes).toEqual([
      'create main',
      'status Pending',
      'ungate',
      'status Running',
      'status Succeeded',
      'release pod',
      'release run',
    ]);
    expect(statusOf(world).conditions.find(({ type }) => type === 'ExitHandled')).toMatchObject({
      status: 'True',
      reason: 'NotRequested',
    });
  });

  it('holds a run that kubectl made before it accepts it: one write more', () => {
    const world = running(aRun().unheld().build()).end(main, 0).settle();
    expect(world.writes[0]).toBe('hold run');
    expect(world.writes).toHaveLength(8);
  });

  it('writes nothing when nothing has changed', () => {
    const world = running();
    const before = world.writes.length;
    world.pass(60).settle();
    expect(world.writes).toHaveLength(before);
  });

  it('never lets a handler that went well hide that main failed', () => {
    const world = handle(running().end(main, 3));
    expect(statusOf(world)).toMatchObject({
      phase: 'Failed',
      reason: 'ExitCode',
      message: 'container main of pod nightly-m1 failed with exit code 3',
      main: { outcome: 'Failed', exitCode: 3 },
      exit: { outcome: 'Succeeded', exitCode: 0, owed: false, receipt: { exitCode: 0 } },
    });
  });

  it('keeps the end of the log of a main that failed', () => {
    expect(statusOf(running().end(main, 3).settle()).attempts[0]).toMatchObject({ logTail: 'the last line' });
  });

  it('goes through when main is over before anybody saw it run', () => {
    const world = handle(withHandler().settle().start(main).end(main, 0));
    expect(statusOf(world).phase).toBe('Succeeded');
    expect(isTrue(statusOf(world), 'Started')).toBe(true);
  });

  it('never says that a main has started whose program could not even be run', () => {
    const world = withHandler().settle();
    const terminated = {
      exitCode: 128,
      reason: 'StartError',
      message: 'exec: no such file',
      startedAt: '1970-01-01T00:00:00Z',
      finishedAt: at(0),
    };
    const status = { name: 'main', image: '', imageID: '', ready: false, restartCount: 0 };
    world.change(main, (pod) => ({
      ...pod,
      spec: { containers: [], ...pod.spec, nodeName: 'node1' },
      status: { phase: 'Failed', containerStatuses: [{ ...status, state: { terminated } }] },
    }));
    handle(world);
    expect(statusOf(world)).toMatchObject({ phase: 'Failed', reason: 'ContainerCannotRun' });
    expect(isTrue(statusOf(world), 'Started')).toBe(false);
    expect(statusOf(world).attempts[0]?.startedAt).toBeUndefined();
    expect(statusOf(world).timeline.startedAt).toBeUndefined();
  });

  it('says what each step said', () => {
    const run = aRun().build();
    const { trace } = decide(new World(run).snapshot(run), 0);
    const order = STEPS.map(({ name }) => name);
    expect(trace.map(({ step }) => step)).toEqual(order.slice(0, order.indexOf('startMain') + 1));
    expect(trace.at(-1)?.said).toBe('makes main pod 1');
  });
});

describe('a spec that can not be carried out', () => {
  it('ends refused, naming the field, before any pod exists, and owes no handler', () => {
    const world = new World(aRun().withHandler().withSpec({ profile: 'synk' }).build()).settle();
    expect(statusOf(world)).toMatchObject({ phase: 'Refused', reason: 'SpecInvalid' });
    expect(statusOf(world).message).toContain('spec.profile');
    expect(world.pods).toEqual([]);
    expect(world.run?.metadata.finalizers).toEqual([]);
  });
});

describe('cancel', () => {
  it.each<[string, (world: World) => World]>([
    ['before anything happened', (world) => world],
    ['while its pod is held by the gate', (world) => (world.step(), world)],
    ['while its pod has not started', (world) => world.settle()],
  ])('%s: nothing starts, and the handler runs', (_when, to) => {
    const world = to(withHandler()).cancelRun().settle();
    world.start(main).settle();
    handle(world);
    expect(statusOf(world)).toMatchObject({ phase: 'Cancelled', reason: 'Cancelled', exit: { exitCode: 0 } });
    expect(world.started).toHaveLength(1);
  });

  it('of a running main: evidence, verdict, kill, handler, in this order', () => {
    const world = running().cancelRun('ann').settle();
    expect(statusOf(world)).toMatchObject({
      phase: 'Running',
      attempts: [{ logTail: 'the last line' }],
      verdicts: { 'uid-1': { reason: 'Cancelled', by: 'ann', rule: 'spec.cancel' } },
    });
    expect(world.writes.slice(-2)).toEqual(['status Running', 'delete']);
    handle(world.pass(1).end(main, 143));
    expect(statusOf(world)).toMatchObject({
      phase: 'Cancelled',
      message: 'cancelled by ann',
      main: { exitCode: 143 },
    });
  });

  it('kills again when a crash came between verdict and kill', () => {
    const world = running().cancelRun().settle();
    world.change(main, ({ metadata, ...pod }) => {
      const { deletionTimestamp: _, ...rest } = metadata ?? {};
      return { ...pod, metadata: rest };
    });
    const before = world.writes.length;
    world.settle();
    expect(world.writes.slice(before)).toEqual(['delete']);
  });

  it('of a main that had succeeded changes nothing', () => {
    const world = handle(running().end(main, 0).cancelRun());
    expect(statusOf(world).phase).toBe('Succeeded');
  });

  it('during the handler changes nothing', () => {
    const world = running().end(main, 3).settle().cancelRun();
    handle(world);
    expect(statusOf(world)).toMatchObject({ phase: 'Failed', reason: 'ExitCode', exit: { exitCode: 0 } });
  });

  it('takes a code of ours as the reason', () => {
    const world = running(
      aRun()
        .withSpec({ cancel: { by: 'kill', reason: 'SubjectKilled' } })
        .build(),
    );
    expect(statusOf(world)).toMatchObject({
      phase: 'Cancelled',
      reason: 'SubjectKilled',
      message: 'cancelled by kill',
    });
  });
});

describe('deletion of a run', () => {
  it.each<[string, (world: World) => World]>([
    ['Pending', (world) => world.settle()],
    ['Running', (world) => world.settle().start(main).settle()],
    ['Exiting', (world) => world.settle().start(main).settle().end(main, 3).settle()],
  ])('in phase %s: the handler runs before the run goes', (phase, to) => {
    const world = to(withHandler());
    expect(statusOf(world).phase).toBe(phase);
    world.removeRun().settle();
    world.pass(1).end(main, 143).settle();
    expect(world.run).toBeDefined();
    handle(world);
    expect(world.run).toBeUndefined();
    expect(world.started.length).toBeGreaterThan(0);
    expect(world.decisions.some(({ status }) => status?.exit?.receipt?.exitCode === 0)).toBe(true);
  });

  it('before it was accepted: it just goes', () => {
    const world = withHandler().removeRun().settle();
    expect(world.run).toBeUndefined();
    expect(world.writes).toEqual(['release run']);
  });

  it('before it was accepted, with a gated pod: neither is left', () => {
    const world = withHandler();
    world.step();
    expect(world.pods).toHaveLength(1);
    world.removeRun().settle();
    expect(world.pods).toEqual([]);
    expect(world.run).toBeUndefined();
  });

  it('makes a handler that no cascade takes along, and sweeps it afterwards', () => {
    const world = running().removeRun().settle().pass(1).end(main, 143).settle();
    expect(world.pod(exit)?.metadata?.ownerReferences).toBeUndefined();
    handle(world);
    expect(world.writes.slice(-3)).toEqual(['status Cancelled', 'delete', 'release run']);
    expect(world.run).toBeUndefined();
  });

  it('is the reason also when the garbage collector was quicker than we with the pod', () => {
    const world = withHandler().settle().remove(main).removeRun();
    handle(world);
    expect(world.statuses.at(-1)).toMatchObject({
      phase: 'Cancelled',
      reason: 'Deleted',
    });
  });
});

describe('a main pod that somebody else ends', () => {
  it('deleted while pending: PodDeleted, and the handler runs', () => {
    const world = handle(withHandler().settle().remove(main));
    expect(statusOf(world)).toMatchObject({ phase: 'Failed', reason: 'PodDeleted', exit: { exitCode: 0 } });
  });

  it('deleted while running: PodDeleted with its exit code', () => {
    const world = handle(running().remove(main).pass(1).end(main, 143));
    expect(statusOf(world)).toMatchObject({ phase: 'Failed', reason: 'PodDeleted', main: { exitCode: 143 } });
  });

  it('is asked after, not killed, when an old cache shows it alive after its end', () => {
    const world = handle(running().end(main, 0));
    const alive = (pod: Pod): Pod => ({ ...pod, status: { phase: 'Running' } });
    world.change(main, alive).step();
    expect(world.decisions.at(-1)?.actions).toEqual([{ kind: 'readPod', podName: main }]);
    world.step();
    expect(world.decisions.at(-1)?.actions.map(({ kind }) => kind)).toEqual(['deletePod']);
  });

  it('gone with its finalizer: asked for afresh, then PodDeleted', () => {
    const world = running();
    world.pods = [];
    world.step();
    expect(world.decisions.at(-1)?.actions).toEqual([
      { kind: 'confirmGone', podName: main, podUID: 'uid-1' },
    ]);
    expect(world.decisions.at(-1)?.status).toBeUndefined();
    handle(world);
    expect(statusOf(world)).toMatchObject({ phase: 'Failed', reason: 'PodDeleted', exit: { exitCode: 0 } });
  });
});

describe('limits', () => {
  it('startSeconds ends a main that does not start, by the cause where one shows', () => {
    const world = new World(aRun().withHandler().withLimits({ startSeconds: 60 }).build()).settle();
    world.change(main, (pod) => ({
      ...pod,
      status: {
        phase: 'Pending',
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' },
        ],
      },
    }));
    world.settle();
    expect(world.decisions.at(-1)?.wakeAt).toBe(world.now + 60_000);
    expect(statusOf(world)).toMatchObject({ phase: 'Pending', reason: 'Unschedulable' });
    handle(world.pass(60));
    expect(statusOf(world)).toMatchObject({ phase: 'Failed', reason: 'Unschedulable' });
    expect(statusOf(world).message).toContain(
      'limits.startSeconds (60 s): pod nightly-m1 has no node: 0/1 nodes',
    );
  });

  it('startSeconds is the reason where no cause shows', () => {
    const world = new World(aRun().withLimits({ startSeconds: 60 }).build()).settle().pass(60).settle();
    expect(statusOf(world)).toMatchObject({ phase: 'Failed', reason: 'StartTimeout' });
  });

  it('runSeconds ends a main that runs too long', () => {
    const world = running(aRun().withHandler().withLimits({ runSeconds: 10 }).build());
    world.pass(9).settle();
    expect(statusOf(world).verdicts).toBeUndefined();
    expect(world.decisions.at(-1)?.wakeAt).toBe(world.now + 1_000);
    world.pass(1).settle().pass(1).end(main, 137);
    handle(world);
    expect(statusOf(world)).toMatchObject({ phase: 'Failed', reason: 'RunTimeout', main: { exitCode: 137 } });
  });

  it('totalSeconds ends a main, and the handler still runs', () => {
    const world = running(aRun().withHandler().withLimits({ totalSeconds: 10 }).build())
      .pass(10)
      .settle();
    handle(world.pass(1).end(main, 0));
    expect(statusOf(world)).toMatchObject({ phase: 'Failed', reason: 'TotalTimeout', exit: { exitCode: 0 } });
  });

  it('totalSeconds names the cause where main never started and one shows', () => {
    const world = new World(aRun().withHandler().withLimits({ totalSeconds: 60 }).build()).settle();
    const unschedulable = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: '0/1 nodes',
    };
    world.change(main, (pod) => ({ ...pod, status: { phase: 'Pending', conditions: [unschedulable] } }));
    handle(world.settle().pass(60));
    expect(statusOf(world)).toMatchObject({ phase: 'Failed', reason: 'Unschedulable' });
    expect(statusOf(world).message).toMatch(/limits\.totalSeconds \(60 s\).*0\/1 nodes/);
  });

  it('exitSeconds ends a handler that hangs, each attempt by itself, and main keeps its outcome', () => {
    const spec = { limits: { exitSeconds: 10 }, exitRetry: { maxAttempts: 2, backoffSeconds: 5 } };
    const world = running(aRun().withHandler().withSpec(spec).build()).end(main, 0).settle();
    for (const name of ['nightly-x1', 'nightly-x2']) {
      world.start(name).settle().pass(10).settle().pass(1).end(name, 137).settle().pass(5).settle();
    }
    expect(statusOf(world)).toMatchObject({
      phase: 'Succeeded',
      exit: { owed: false, attempts: 2, reason: 'ExitTimeout' },
    });
    expect(statusOf(world).conditions.find(({ type }) => type === 'ExitHandled')).toMatchObject({
      status: 'False',
      reason: 'ExitTimeout',
    });
  });

  it('a handler that has ended is not judged late because the cache does not show it', () => {
    const spec = { limits: { exitSeconds: 10 }, exitRetry: { maxAttempts: 2 } };
    const world = running(aRun().withHandler().withSpec(spec).build()).end(main, 0).settle().start(exit);
    world.end(exit, 0).pass(30);
    world.hidePods().settle();
    expect(statusOf(world)).toMatchObject({
      phase: 'Succeeded',
      exit: { attempts: 1, outcome: 'Succeeded', receipt: { exitCode: 0 } },
    });
  });

  it('gives up a handler whose end nobody can report', () => {
    const spec = { limits: { exitSeconds: 10 }, exitRetry: { maxAttempts: 1 } };
    const world = running(aRun().withHandler().withSpec(spec).build())
      .end(main, 0)
      .settle()
      .start(exit)
      .settle();
    world.pass(10).settle().pass(89).settle();
    expect(statusOf(world).phase).toBe('Exiting');
    world.pass(1).settle();
    expect(statusOf(world)).toMatchObject({ phase: 'Succeeded', exit: { reason: 'ExitTimeout' } });
  });
});

describe('the exit handler', () => {
  it('is tried again after its back-off, under a name of its own', () => {
    const world = handle(running().end(main, 0), 1);
    expect(statusOf(world)).toMatchObject({
      phase: 'Exiting',
      exit: { attempts: 1, outcome: 'Failed', exitCode: 1 },
    });
    expect(world.decisions.at(-1)?.wakeAt).toBe(world.now + 10_000);
    world.pass(10).settle().start('nightly-x2').settle().end('nightly-x2', 0).settle();
    expect(statusOf(world)).toMatchObject({ phase: 'Succeeded', exit: { attempts: 2, exitCode: 0 } });
    expect(isTrue(statusOf(world), 'ExitHandled')).toBe(true);
  });

  it('is over by a receipt of an earlier attempt, whose pod a leader that knew no better has made again', () => {
    const world = handle(running().end(main, 0), 1);
    world.change(exit, (pod) => endedPod(pod, 0, world.now)).settle();
    expect(statusOf(world)).toMatchObject({
      phase: 'Succeeded',
      exit: { attempts: 1, podName: exit, outcome: 'Succeeded', exitCode: 0, reason: 'Completed' },
    });
    expect(world.pods.map(({ metadata }) => metadata?.name)).not.toContain('nightly-x2');
  });

  it('is given up after its last attempt, and the run keeps the outcome of main', () => {
    const world = running().end(main, 0).settle();
    for (const name of ['nightly-x1', 'nightly-x2', 'nightly-x3']) {
      world.start(name).settle().end(name, 2).settle().pass(10).settle();
    }
    expect(statusOf(world)).toMatchObject({
      phase: 'Succeeded',
      exit: { attempts: 3, exitCode: 2, owed: false },
    });
    expect(world.pods.map(({ metadata }) => metadata?.name)).not.toContain('nightly-x4');
  });

  it('has its receipt as soon as its container ended, be it on its way out', () => {
    const world = running().end(main, 0).settle().start(exit).settle().remove(exit);
    const ended = { exitCode: 0, startedAt: at(1), finishedAt: at(2) };
    world.change(exit, (pod) => ({
      ...pod,
      status: {
        phase: 'Running',
        containerStatuses: [
          {
            name: 'main',
            image: '',
            imageID: '',
            ready: false,
            restartCount: 0,
            state: { terminated: ended },
          },
        ],
      },
    }));
    expect(statusOf(world.settle())).toMatchObject({
      phase: 'Succeeded',
      exit: { receipt: { finishedAt: at(2) } },
    });
  });

  it('is told how main ended', () => {
    const world = running().end(main, 3).settle();
    const env = Object.fromEntries(
      (world.pod(exit)?.spec?.containers[0]?.env ?? []).map(({ name, value }) => [name, value]),
    );
    expect(env).toMatchObject({
      ENDWELL_RUN: 'nightly',
      ENDWELL_OUTCOME: 'Failed',
      ENDWELL_REASON: 'ExitCode',
      ENDWELL_EXIT_CODE: '3',
      ENDWELL_EXIT_ATTEMPT: '1',
    });
  });
});

describe('a create that is refused', () => {
  const refusal = { status: 403, reason: 'Forbidden', message: 'exceeded quota: small', count: 0, at: 0 };

  it('is told once, tried again later each time, and heals', () => {
    const world = withHandler();
    world.createError = { ...refusal, at: world.now, count: 1 };
    world.settle();
    expect(statusOf(world)).toMatchObject({ phase: 'Pending', reason: 'QuotaExceeded' });
    const { length } = world.writes.filter((word) => word.startsWith('status'));
    world.pass(1).step();
    world.settle();
    expect(world.writes.filter((word) => word.startsWith('status'))).toHaveLength(length);
    world.createError = undefined;
    world.pass(30).settle().start(main).settle();
    expect(statusOf(world)).toMatchObject({ phase: 'Running' });
    expect(statusOf(world).reason).toBeUndefined();
  });

  it('that waiting can not mend fails the run at once, with its handler given up for the same', () => {
    const world = withHandler();
    world.createError = {
      ...refusal,
      status: 422,
      reason: 'Invalid',
      message: 'spec: no',
      at: world.now,
      count: 1,
    };
    for (let turn = 0; turn < 5; turn += 1) {
      world.settle().pass(10);
    }
    expect(statusOf(world)).toMatchObject({
      phase: 'Failed',
      reason: 'SpecInvalid',
      exit: { reason: 'SpecInvalid' },
    });
  });

  it('ends with the limit when it does not heal, by its cause', () => {
    const world = new World(aRun().withLimits({ startSeconds: 20 }).build());
    world.createError = { ...refusal, at: world.now, count: 1 };
    world.settle();
    for (let second = 0; second < 20; second += 1) {
      world.pass(1).settle();
    }
    expect(statusOf(world)).toMatchObject({ phase: 'Failed', reason: 'QuotaExceeded' });
  });

  it('of each attempt of the handler is told, and a leader after gives it up by that cause', () => {
    const spec = { limits: { exitSeconds: 20 }, exitRetry: { maxAttempts: 2, backoffSeconds: 5 } };
    const world = running(aRun().withHandler().withSpec(spec).build());
    for (const attempts of [1, 2]) {
      world.createError = { ...refusal, at: world.now, count: 1 };
      world.end(main, 0).pass(5).settle();
      expect(statusOf(world).exit).toMatchObject({ attempts, reason: 'QuotaExceeded' });
      world.pass(20);
      world.createError = undefined;
      world.settle();
      expect(statusOf(world).exit).toMatchObject({ attempts, outcome: 'Failed', reason: 'QuotaExceeded' });
    }
    expect(statusOf(world)).toMatchObject({ phase: 'Succeeded' });
  });

  it('ends with the limit by the cause that a leader before this one was told', () => {
    const world = new World(aRun().withLimits({ startSeconds: 20 }).build());
    world.createError = { ...refusal, at: world.now, count: 1 };
    world.settle().pass(20);
    world.createError = undefined;
    world.settle();
    expect(statusOf(world)).toMatchObject({ phase: 'Failed', reason: 'QuotaExceeded' });
    expect(statusOf(world).message).toContain('exceeded quota: small');
  });
});

describe('a terminating namespace', () => {
  it('gives the handler up at once and drops both finalizers', () => {
    const world = running();
    world.namespaceTerminating = true;
    world.removeRun().remove(main).settle();
    const last = world.statuses.at(-1);
    expect(last).toMatchObject({ phase: 'Failed', reason: 'NamespaceTerminating' });
    expect(last?.conditions.find(({ type }) => type === 'ExitHandled')).toMatchObject({
      status: 'False',
      reason: 'NamespaceTerminating',
    });
    expect(world.run).toBeUndefined();
    expect(world.pods.every((pod) => (pod.metadata?.finalizers ?? []).length === 0)).toBe(true);
  });

  it('says of a main that still runs that its end was not seen', () => {
    const world = running();
    world.namespaceTerminating = true;
    world.removeRun().settle();
    expect(world.statuses.at(-1)).toMatchObject({
      phase: 'Failed',
      main: { outcome: 'Lost', reason: 'NamespaceTerminating' },
      attempts: [{ outcome: 'Lost', reason: 'NamespaceTerminating', unconfirmed: true }],
    });
  });

  it('says so too of one that runs by now, and the cache does not show it', () => {
    const world = withHandler().settle();
    world.namespaceTerminating = true;
    const before = world.run === undefined ? undefined : world.snapshot(world.run);
    world.start(main);
    if (before !== undefined) {
      world.actOn(before);
    }
    world.settle();
    expect(world.statuses.at(-1)).toMatchObject({
      phase: 'Failed',
      main: { outcome: 'Lost', reason: 'NamespaceTerminating' },
      attempts: [{ outcome: 'Lost', unconfirmed: true }],
    });
  });
});

describe('a terminating namespace in which the handler has just ended', () => {
  it('takes its receipt: what was handled is not given up', () => {
    const world = running().end(main, 0).settle().start(exit).settle().end(exit, 0);
    world.namespaceTerminating = true;
    world.removeRun().settle();
    const last = world.statuses.at(-1);
    expect(last).toMatchObject({ phase: 'Succeeded', exit: { receipt: { exitCode: 0 } } });
    expect(last?.conditions.find(({ type }) => type === 'ExitHandled')).toMatchObject({ status: 'True' });
    expect(world.run).toBeUndefined();
  });
});

describe('a main pod that nobody recorded', () => {
  it('is deleted, never let through its gate, and another one is made', () => {
    const world = withHandler();
    world.step();
    world.change(main, (pod) => ({
      ...pod,
      metadata: { ...pod.metadata, name: 'nightly-m7', uid: 'stray' },
    }));
    world.settle().start(main).settle();
    expect(world.started).not.toContain('stray');
    expect(world.pods.map(({ metadata }) => metadata?.name)).toEqual([main]);
    expect(statusOf(world).phase).toBe('Running');
  });

  it('is removed also when it was made after the run had ended', () => {
    const world = withHandler();
    const before = world.run === undefined ? undefined : world.snapshot(world.run);
    world.cancelRun();
    handle(world);
    expect(statusOf(world).phase).toBe('Cancelled');
    if (before !== undefined) {
      world.actOn(before);
    }
    expect(world.pod(main)?.metadata?.uid).toBe('uid-2');
    world.settle();
    expect(world.pod(main)).toBeUndefined();
  });

  it('under the name that is wanted but on its way out: waited for, then made anew', () => {
    const world = withHandler();
    world.step();
    world.remove(main).settle();
    expect(world.pods.map(({ metadata }) => metadata?.uid)).toEqual(['uid-2']);
    expect(statusOf(world).attempts).toMatchObject([{ podUID: 'uid-2' }]);
  });
});
