import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { cancelRun } from '../actions/cancelRun.ts';
import { deleteRun } from '../actions/deleteRun.ts';
import { runs } from '../actions/resources.ts';
import type { FaultMoment } from '../actions/testing/fakeApi.ts';
import { FINALIZER, GATE, LABEL } from '../core/naming/naming.ts';
import type { RunSpec } from '../core/run/run.ts';
import {
  AnswerLostError,
  ForbiddenError,
  NotFoundError,
  ServerError,
  UnauthorizedError,
  UnreachableError,
} from '../kube/errors.ts';
import { controllerRevisions, events, namespaces, pods } from '../kube/resources.ts';
import { OperatorWorld } from './testing/operatorWorld.ts';

const pod = (name = 'main') => ({ spec: { containers: [{ name, image: 'busybox', command: ['true'] }] } });
const isExit = ({ metadata }: Pod) => metadata?.labels?.[LABEL.stage] === 'exit';
const withHandler: RunSpec = { main: pod(), exitHandler: pod('exit') };

let world: OperatorWorld;
const begin = () => {
  world = new OperatorWorld();
  return world;
};

afterEach(async () => {
  const stopped = Promise.all(world.operators.map((operator) => operator.stop()));
  await world.clock.advance(60_000);
  await stopped;
});

describe('startOperator', () => {
  it('brings a run with a handler to its end in at most 9 writes', async () => {
    const w = begin();
    w.operator();
    await w.until(() => w.operators[0]?.ready().role === 'leader');
    w.submit('a', withHandler);
    await w.untilOver();
    expect(w.run()?.status).toMatchObject({
      phase: 'Succeeded',
      main: { outcome: 'Succeeded', reason: 'Completed' },
      exit: { outcome: 'Succeeded', receipt: { exitCode: 0 } },
    });
    expect(w.paidWrites().length).toBeLessThanOrEqual(9);
    const templates = w.api.cluster.objects(controllerRevisions).map((one) => one.metadata?.name);
    expect(templates).toEqual([w.run()?.status?.template]);
    w.startedOnce();
  });

  it('brings a run without a handler to its end in at most 7 writes', async () => {
    const w = begin();
    w.operator();
    w.submit();
    await w.untilOver();
    expect(w.phase()).toBe('Succeeded');
    expect(w.paidWrites().length).toBeLessThanOrEqual(7);
    await w.clock.settle();
    const told = w.api.cluster.objects(events).map((event) => [event.involvedObject.uid, event.reason]);
    expect(told).toContainEqual([w.run()?.metadata.uid, 'Accepted']);
    expect(told).toContainEqual([w.run()?.metadata.uid, 'Succeeded']);
  });

  it('holds a run that kubectl made before it accepts it', async () => {
    const w = begin();
    w.operator();
    w.submit('a', withHandler, []);
    await w.untilOver();
    expect(w.phase()).toBe('Succeeded');
    expect(w.paidWrites().length).toBeLessThanOrEqual(10);
  });

  it('runs the handler after a failure, and keeps the end of the log', async () => {
    const w = begin();
    w.operator();
    w.api.script = (one) => (one.metadata?.labels?.[LABEL.stage] === 'main' ? 3 : 0);
    w.api.logs.set('a-m1', 'last words');
    w.submit('a', withHandler);
    await w.untilOver();
    expect(w.run()?.status).toMatchObject({
      phase: 'Failed',
      main: { exitCode: 3 },
      exit: { outcome: 'Succeeded' },
      attempts: [{ logTail: 'last words' }],
    });
  });

  it('takes the receipt of a handler that ends and goes in one moment', async () => {
    const w = begin();
    w.operator();
    w.api.script = (one) => (one.metadata?.labels?.[LABEL.stage] === 'main' ? 0 : undefined);
    w.submit('a', withHandler);
    await w.until(() => w.pods('exit').some((one) => one.status?.phase === 'Running'));
    const [exit = {}] = w.pods('exit');
    w.api.endWhileGoing(exit, 0);
    await w.untilOver();
    expect(w.run()?.status).toMatchObject({
      phase: 'Succeeded',
      exit: { attempts: 1, receipt: { podUID: exit.metadata?.uid, exitCode: 0 } },
    });
    expect(w.api.started.map(({ name }) => name)).toEqual(['a-m1', 'a-x1']);
  });

  it('refuses an invalid spec before any pod exists', async () => {
    const w = begin();
    w.operator();
    w.submit('a', { main: { spec: { containers: [] } } });
    await w.untilOver().catch(() => undefined);
    expect(w.run()?.status).toMatchObject({ phase: 'Refused', reason: 'SpecInvalid' });
    expect(w.api.started).toEqual([]);
    expect(w.pods()).toEqual([]);
  });

  it.each(['Queued', 'Running', 'Exiting'])('cancels a run that is %s', async (when) => {
    const w = begin();
    w.api.script = (one) => (one.metadata?.deletionTimestamp || w.run()?.spec.cancel ? 0 : undefined);
    if (when === 'Exiting')
      w.api.script = (one) =>
        one.metadata?.labels?.[LABEL.stage] === 'main' ? 0 : w.run()?.spec.cancel && 0;
    w.submit('a', withHandler);
    if (when !== 'Queued') {
      w.operator();
      await w.until(() => w.phase() === when);
    }
    const script = w.api.script;
    w.api.script = (one) =>
      one.metadata?.labels?.[LABEL.stage] === 'exit' ? 0 : when === 'Exiting' ? script(one) : undefined;
    await cancelRun(w.api.client(), { namespace: 'default', name: 'a', by: 'me' });
    if (when === 'Queued') w.operator();
    await w.untilOver();
    expect(w.phase()).toBe(when === 'Exiting' ? 'Succeeded' : 'Cancelled');
    expect(w.run()?.status?.exit?.outcome).toBe('Succeeded');
    w.startedOnce();
  });

  it.each(['Queued', 'Running', 'Exiting'])(
    'lets a run go that is deleted while %s, its handler first',
    async (when) => {
      const w = begin();
      w.api.script = (one) =>
        when === 'Exiting' && one.metadata?.labels?.[LABEL.stage] === 'main' ? 0 : undefined;
      w.submit('a', withHandler);
      w.operator();
      if (when !== 'Queued') await w.until(() => w.phase() === when);
      await deleteRun(w.api.client(), { namespace: 'default', name: 'a' });
      w.api.script = (one) => (one.metadata?.labels?.[LABEL.stage] === 'exit' ? 0 : undefined);
      await w.until(() => w.run() === undefined && w.pods().length === 0);
      const handlers = w.api.started.filter(({ name }) => name.includes('-x'));
      expect(handlers.length).toBe(when === 'Queued' && w.api.started.length === 0 ? 0 : 1);
      w.startedOnce();
    },
  );

  it('lets a deleted run go as soon as its handler has ended, when nothing else happens any more', async () => {
    const w = begin();
    w.operator();
    w.api.script = (one) => (isExit(one) && w.pods('main').length === 0 ? 0 : undefined);
    w.submit('a', withHandler);
    await w.until(() => w.phase() === 'Running');
    await deleteRun(w.api.client(), { namespace: 'default', name: 'a' });
    await w.until(() => w.run() === undefined && w.pods().length === 0, 2);
    expect(w.api.started.map(({ name }) => name)).toEqual(['a-m1', 'a-x1']);
  });

  it('ends main at its run limit, and says so', async () => {
    const w = begin();
    w.operator();
    w.api.script = (one) => (one.metadata?.labels?.[LABEL.stage] === 'main' ? undefined : 0);
    w.submit('a', { ...withHandler, limits: { runSeconds: 5 } });
    await w.untilOver();
    expect(w.run()?.status).toMatchObject({
      phase: 'Failed',
      main: { reason: 'RunTimeout' },
      exit: { outcome: 'Succeeded' },
    });
  });

  it('ends a handler that hangs at its limit, within its attempts', async () => {
    const w = begin();
    w.operator();
    w.api.script = (one) => (one.metadata?.labels?.[LABEL.stage] === 'main' ? 0 : undefined);
    w.submit('a', {
      ...withHandler,
      limits: { exitSeconds: 5 },
      exitRetry: { maxAttempts: 2, backoffSeconds: 1 },
    });
    await w.untilOver();
    expect(w.phase()).toBe('Succeeded');
    expect(w.run()?.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'ExitHandled', status: 'False', reason: 'ExitTimeout' }),
    );
    expect(w.api.started.map(({ name }) => name)).toEqual(['a-m1', 'a-x1', 'a-x2']);
  });

  it('counts a handler that it gave up', async () => {
    const w = begin();
    w.api.script = (one) => (one.metadata?.labels?.[LABEL.stage] === 'exit' ? 1 : 0);
    w.operator();
    w.submit('a', { ...withHandler, exitRetry: { maxAttempts: 1 } });
    await w.untilOver();
    expect(await w.metrics.text()).toMatch(/^endwell_exit\w*given_up\w* 1$/m);
  });

  it('records a pod that somebody deleted, finalizer and all', async () => {
    const w = begin();
    w.operator();
    w.api.script = (one) => (one.metadata?.labels?.[LABEL.stage] === 'main' ? undefined : 0);
    w.submit('a', withHandler);
    await w.until(() => w.phase() === 'Running');
    w.api.cluster.remove(pods, { namespace: 'default', name: 'a-m1' });
    await w.untilOver();
    expect(w.run()?.status).toMatchObject({
      phase: 'Failed',
      main: { reason: 'PodDeleted' },
      exit: { outcome: 'Succeeded' },
    });
    expect(w.api.started.map(({ name }) => name)).toEqual(['a-m1', 'a-x1']);
  });

  describe('of a main that is deleted and exits by itself, where the last delete moves the time of the first', () => {
    /** The pod as it is seen to go, and as its kubelet leaves it. */
    const sights = (w: OperatorWorld, exitCode: number) => {
      const [main] = w.pods('main');
      const time = (seconds: number) => new Date(w.clock.now() + seconds * 1000).toISOString();
      const going = {
        ...main,
        metadata: { ...main?.metadata, deletionTimestamp: time(30), deletionGracePeriodSeconds: 30 },
      };
      const terminated = { exitCode, startedAt: time(0), finishedAt: time(3) };
      const status = { name: 'main', state: { terminated }, image: '', imageID: '', ready: false };
      const gone = {
        ...going,
        metadata: { ...going.metadata, deletionTimestamp: time(4), deletionGracePeriodSeconds: 0 },
        status: {
          phase: exitCode === 0 ? 'Succeeded' : 'Failed',
          containerStatuses: [{ ...status, restartCount: 0 }],
        },
      };
      return { going, gone, stoppedAt: time(1) };
    };
    const runningMain = async (isDead: () => boolean) => {
      const w = begin();
      w.operator(isDead);
      w.api.script = (one) => (one.metadata?.labels?.[LABEL.stage] === 'main' ? undefined : 0);
      w.submit('a', withHandler);
      await w.until(() => w.phase() === 'Running');
      return w;
    };

    it.each([0, 3])('calls it PodDeleted, with exit code %i, when it saw it go', async (exitCode) => {
      const w = await runningMain(() => false);
      const { going, gone } = sights(w, exitCode);
      w.api.cluster.put(pods, going);
      await w.clock.advance(1_000);
      w.api.cluster.put(pods, gone);
      await w.untilOver();
      expect(w.run()?.status?.main).toMatchObject({ outcome: 'Failed', reason: 'PodDeleted', exitCode });
      expect(w.paidWrites().length).toBeLessThanOrEqual(9);
    });

    it.each([0, 3])(
      'calls it PodDeleted, with exit code %i, when a successor finds the end',
      async (exitCode) => {
        let isDead = false;
        const w = await runningMain(() => isDead);
        const { gone, stoppedAt } = sights(w, exitCode);
        isDead = true;
        await w.clock.advance(10_000);
        w.api.cluster.put(pods, gone);
        w.api.cluster.put(events, {
          metadata: { name: 'stop', namespace: 'default' },
          involvedObject: { kind: 'Pod', name: 'a-m1', uid: gone.metadata.uid ?? '' },
          type: 'Normal',
          reason: 'Killing',
          message: 'Stopping container main',
          lastTimestamp: stoppedAt,
          source: { component: 'kubelet' },
        });
        w.operator();
        await w.untilOver('a', 120);
        expect(w.run()?.status?.main).toMatchObject({ outcome: 'Failed', reason: 'PodDeleted', exitCode });
      },
    );
  });

  it('does not kill a main that another leader lets through while it is removed as one that nobody recorded', async () => {
    const w = begin();
    w.operator();
    w.api.script = () => undefined;
    w.submit('a', withHandler);
    await w.until(() => w.phase() === 'Running');
    const [main = {}] = w.pods('main');
    const name = 'a-m7';
    const stray = { ...main, metadata: { ...main.metadata, name, uid: 'stray' } };
    const gated = {
      spec: { containers: [], schedulingGates: [{ name: GATE }] },
      status: { phase: 'Pending' },
    };
    const verdicts: unknown[] = [];
    w.api.fault = (write, moment) => {
      if (write.verb !== 'delete' || write.name !== name || moment !== 'before') return undefined;
      verdicts.push(w.run()?.status?.verdicts?.['stray']?.reason);
      if (verdicts.length === 1) w.api.cluster.put(pods, stray);
      return undefined;
    };
    w.api.cluster.put(pods, { ...stray, ...gated });
    await w.until(() => !w.pods('main').some((one) => one.metadata?.name === name));
    expect(verdicts).toEqual([undefined, 'Swept']);
  });

  it('makes the pod of a handler again that somebody removed by force, as the same attempt', async () => {
    const w = begin();
    w.operator();
    w.api.script = (one) => (one.metadata?.labels?.[LABEL.stage] === 'main' ? 0 : undefined);
    w.submit('a', { ...withHandler, exitRetry: { maxAttempts: 1 } });
    await w.until(() => w.api.started.some(({ name }) => name === 'a-x1'));
    w.api.cluster.remove(pods, { namespace: 'default', name: 'a-x1' });
    w.api.script = () => 0;
    await w.untilOver();
    expect(w.run()?.status).toMatchObject({
      phase: 'Succeeded',
      exit: { attempts: 1, outcome: 'Succeeded' },
    });
    const handlers = w.api.started.filter(({ name }) => name === 'a-x1');
    expect(handlers).toHaveLength(2);
    expect(w.run()?.status?.exit?.receipt?.podUID).toBe(handlers[1]?.uid);
    expect(await w.metrics.text()).toMatch(/^endwell_\w*exit_start\w*_count 1$/m);
  });

  it('gives up the handler in a namespace that is being deleted, and frees it', async () => {
    const w = begin();
    w.operator();
    w.api.script = () => undefined;
    w.submit('a', withHandler);
    await w.until(() => w.phase() === 'Running');
    w.api.cluster.put(namespaces, {
      metadata: { name: 'default', deletionTimestamp: '2026-01-01T00:00:00Z' },
    });
    await w.untilOver();
    expect(w.run()?.status?.main?.reason).toBe('NamespaceTerminating');
    expect(w.pods('main').every((one) => !one.metadata?.finalizers?.length)).toBe(true);
  });

  it('frees a namespace that is being deleted although the template of its run went first', async () => {
    const w = begin();
    let dead = false;
    w.api.script = (one) => (one.metadata?.labels?.[LABEL.stage] === 'main' ? 0 : undefined);
    w.submit('a', withHandler);
    w.operator(() => dead);
    await w.until(() => w.phase() === 'Exiting');
    dead = true;
    w.api.cluster.put(namespaces, {
      metadata: { name: 'default', deletionTimestamp: '2026-01-01T00:00:00Z' },
    });
    const template = w.run()?.status?.template ?? '';
    w.api.cluster.remove(controllerRevisions, { namespace: 'default', name: template });
    w.api.fault = ({ verb, plural }) =>
      verb === 'create' && plural === 'controllerrevisions'
        ? new ForbiddenError({ message: 'the namespace is being terminated', status: 403 })
        : undefined;
    w.operator();
    await w.untilOver();
    expect(w.run()?.status).toMatchObject({
      phase: 'Succeeded',
      conditions: expect.arrayContaining([
        expect.objectContaining({ type: 'ExitHandled', status: 'False', reason: 'NamespaceTerminating' }),
      ]),
    });
  });

  it('says that the name of its pod is taken', async () => {
    const w = begin();
    w.api.cluster.put(pods, {
      metadata: { name: 'a-m1', namespace: 'default' },
      spec: { containers: [], schedulingGates: [{ name: 'x' }] },
    });
    w.operator();
    w.submit('a', withHandler);
    await w.untilOver();
    expect(w.run()?.status).toMatchObject({
      phase: 'Failed',
      main: { reason: 'NameTaken' },
      exit: { outcome: 'Succeeded' },
    });
  });

  it('is not held up by somebody who writes the run all the time', async () => {
    const w = begin();
    w.operator();
    w.submit('a', withHandler);
    let labels = 0;
    await w.until(() => {
      const run = w.run();
      if (run && labels < 400) {
        labels += 1;
        w.api.cluster.put(runs, { ...run, metadata: { ...run.metadata, labels: { n: String(labels) } } });
      }
      return w.phase() === 'Succeeded';
    });
    w.startedOnce();
    expect(w.lines.filter((line) => line.includes('"outcome":"failed"'))).toEqual([]);
  });

  it('only watches while paused', async () => {
    const w = begin();
    w.operator(() => false, true);
    w.submit('a', withHandler);
    await w.clock.advance(5_000);
    expect(w.api.writes).toEqual([]);
    expect(w.lines.join('')).toContain('makes main pod 1');
    expect(w.operators[0]?.ready()).toMatchObject({ ready: true, role: 'observer' });
  });

  it('frees a pod whose run was removed by force', async () => {
    const w = begin();
    w.api.script = () => undefined;
    w.operator();
    w.submit();
    await w.until(() => w.phase() === 'Running');
    w.api.cluster.remove(runs, { namespace: 'default', name: 'a' });
    await w.until(() => w.pods().length === 0);
  });
});

describe('startOperator, when the cluster is not as it should be', () => {
  it.each([
    [
      'the CRD is missing',
      'runs',
      new NotFoundError({ message: 'listing runs: not found', status: 404 }),
      'endwell crds',
    ],
    [
      'a right is missing',
      'pods',
      new ForbiddenError({ message: 'listing pods: forbidden', status: 403 }),
      'grant',
    ],
    [
      'the token has expired',
      'runs',
      new UnauthorizedError({ message: 'listing runs: unauthorized', status: 401 }),
      'renew',
    ],
    [
      'the API is away',
      'namespaces',
      new UnreachableError({ message: 'no route', phase: 'connect' }),
      'network',
    ],
  ])(
    'keeps trying while %s, says so once, and works when it is mended',
    async (_what, plural, error, said) => {
      const w = begin();
      w.api.cluster.behaviour.before = (call) => (call.plural === plural ? error : undefined);
      const operator = w.operator();
      w.submit();
      await w.clock.advance(60_000);
      expect(operator.ready().ready).toBe(false);
      expect(operator.ready().problems.join('')).toContain(said);
      expect(operator.live().live).toBe(true);
      expect(w.lines.filter((line) => line.includes('not ready')).length).toBeLessThanOrEqual(3);
      w.api.cluster.behaviour.before = () => undefined;
      await w.untilOver('a', 120);
      expect(operator.ready()).toEqual({ ready: true, problems: [], warnings: [], role: 'leader' });
    },
  );

  it('says who keeps its finalizer in place, and lets go once that ends', async () => {
    const w = begin();
    let blocks = true;
    w.api.fault = (write, when) =>
      blocks && when === 'before' && write.verb === 'patch' && write.name === 'a'
        ? new ForbiddenError({ message: 'admission webhook "w" denied the request', status: 403 })
        : undefined;
    w.operator();
    w.submit('a', withHandler);
    await w.until(() => w.phase() === 'Succeeded');
    await w.clock.advance(5_000);
    const told = w.api.cluster.objects(events).find((event) => event.reason === 'FinalizerBlocked');
    expect(told?.message).toContain('admission webhook "w"');
    expect(w.run()?.metadata.finalizers).toEqual([FINALIZER.exitOwed]);
    blocks = false;
    await w.untilOver('a', 120);
  });

  it('tells of a transition that was written, although what follows from it fails', async () => {
    const w = begin();
    let fails = true;
    w.api.fault = (write, when) =>
      fails && when === 'before' && write.verb === 'patch' && write.name === 'a-m1'
        ? new ServerError({ message: 'etcdserver: request timed out', status: 500 })
        : undefined;
    w.operator();
    w.submit('a', withHandler);
    await w.until(() => w.phase() === 'Pending');
    await w.clock.advance(5_000);
    fails = false;
    await w.untilOver('a', 120);
    await w.clock.advance(5_000);
    const told = w.api.cluster.objects(events).map((event) => event.reason);
    expect(told).toEqual(expect.arrayContaining(['Accepted', 'Started', 'Completed', 'Succeeded']));
  });

  it('says that it can not have the lease, and why', async () => {
    const w = begin();
    w.api.fault = (write, when) =>
      write.plural === 'leases' && when === 'before'
        ? new ForbiddenError({ message: 'no leases for you', status: 403 })
        : undefined;
    const operator = w.operator();
    await w.clock.advance(20_000);
    expect(operator.ready()).toMatchObject({ ready: false, role: 'standby' });
    expect(operator.ready().problems.join('')).toContain('no leases for you');
  });

  it('writes nothing any more once its lease is over, though nobody told it', async () => {
    const w = begin();
    w.operator();
    await w.until(() => w.operators[0]?.ready().role === 'leader');
    w.operator();
    w.clock.pause(60_000);
    await w.clock.settle();
    w.submit('a', withHandler);
    await w.untilOver('a', 120);
    expect(w.phase()).toBe('Succeeded');
    w.startedOnce();
  });

  it('decides on what it wrote itself, though the watch is silent', async () => {
    const w = begin();
    w.operator();
    await w.until(() => w.operators[0]?.ready().ready === true && w.operators[0].ready().role === 'leader');
    w.submit('a', withHandler);
    w.api.cluster.muteStreams();
    await w.clock.settle();
    const before = w.paidWrites().length;
    await w.clock.advance(30_000);
    expect(w.paidWrites().length - before).toBeLessThanOrEqual(3);
    await w.untilOver('a', 300);
    expect(w.paidWrites().length).toBeLessThanOrEqual(9);
  });
});

describe('startOperator, when the process dies', () => {
  const moments: FaultMoment[] = ['before', 'after'];
  const cases = moments.flatMap((moment) =>
    Array.from({ length: 13 }, (_, index) => [index + 1, moment] as const),
  );

  it.each(cases)(
    'at write %i (%s it took effect): the next one ends the run with one main and one receipt',
    async (nth, moment) => {
      const w = begin();
      w.api.script = (one) => (one.metadata?.labels?.[LABEL.stage] === 'main' ? 3 : 0);
      let dead = false;
      let seen = 0;
      w.api.fault = (write, when) => {
        if (dead || write.plural === 'leases' || write.plural === 'events' || when !== moment)
          return undefined;
        seen += 1;
        dead = seen >= nth;
        return dead ? new AnswerLostError({ message: 'the process is gone' }) : undefined;
      };
      w.submit('a', withHandler);
      w.operator(() => dead);
      await w.until(() => dead || !w.run()?.metadata.finalizers?.length);
      w.api.fault = () => undefined;
      w.operator();
      await w.untilOver();
      expect(w.run()?.status).toMatchObject({
        phase: 'Failed',
        main: { exitCode: 3 },
        exit: { receipt: { exitCode: 0 } },
      });
      expect(w.api.started.map(({ name }) => name)).toEqual(['a-m1', 'a-x1']);
    },
  );

  it.each(cases)(
    'or the API loses the answer to write %i, or fails (%s): the same operator goes on',
    async (nth, moment) => {
      const w = begin();
      let seen = 0;
      w.api.fault = (write, when) => {
        if (write.plural === 'leases' || write.plural === 'events' || when !== moment) return undefined;
        seen += 1;
        if (seen !== nth) return undefined;
        return moment === 'after'
          ? new AnswerLostError({ message: 'lost' })
          : new ServerError({ message: 'no', status: 500 });
      };
      w.submit('a', withHandler);
      w.operator();
      await w.untilOver();
      expect(w.phase()).toBe('Succeeded');
      expect(w.api.started.map(({ name }) => name)).toEqual(['a-m1', 'a-x1']);
    },
  );
});
