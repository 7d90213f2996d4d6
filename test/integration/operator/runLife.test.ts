import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cancelRun } from '../../../src/actions/cancelRun.ts';
import { finalizersRelease } from '../../../src/actions/finalizersRelease.ts';
import { runs } from '../../../src/actions/resources.ts';
import { FINALIZER, LABEL } from '../../../src/core/naming/naming.ts';
import type { RunSpec } from '../../../src/core/run/run.ts';
import { leases, namespaces, pods } from '../../../src/kube/resources.ts';
import { onePod, startWorld, type World } from './world.ts';

const plain: RunSpec = { main: onePod };
const handled: RunSpec = { main: onePod, exitHandler: onePod };
const isMain = (pod: { metadata?: { labels?: Record<string, string> } }) =>
  pod.metadata?.labels?.[LABEL.stage] === 'main';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

/** Writes of the operator that count against its budget: Events, templates, its namespace and dry runs apart. */
function paidWrites(): string[] {
  const free = ['events', 'controllerrevisions', 'namespaces'];
  return world.requests
    .filter(
      ({ verb, resource }) =>
        ['create', 'update', 'patch', 'delete'].includes(verb) && !free.includes(resource),
    )
    .map(({ verb, resource, status }) => `${verb} ${resource} ${status}`);
}

async function leads(): Promise<void> {
  const operator = world.operator();
  await world.until(
    'the operator leads',
    async () => operator.ready().ready && operator.ready().role === 'leader',
  );
}

describe('the operator on kubelite', () => {
  it('takes over at once from one that is known to be dead, however long its lease would last', async () => {
    const { client } = world;
    const namespace = 'endwell-system';
    await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await client.create(leases, {
      metadata: { namespace, name: 'endwell-operator' },
      spec: { holderIdentity: 'killed', leaseDurationSeconds: 3600 },
    });
    const operator = world.operator({ formerHolder: 'dead' });
    await world.until('it leads', async () => operator.ready().role === 'leader');
  });

  it('brings a run with a handler to its end, within its budget of writes', async () => {
    await leads();
    await world.submit('warm-up', handled);
    await world.ended('warm-up');
    const before = paidWrites().length;
    await world.submit('a', handled);
    const run = await world.ended('a');
    expect(run.status).toMatchObject({
      phase: 'Succeeded',
      main: { outcome: 'Succeeded', reason: 'Completed', exitCode: 0 },
      exit: { outcome: 'Succeeded', receipt: { exitCode: 0 } },
    });
    expect(paidWrites().slice(before).length).toBeLessThanOrEqual(9);
    expect(world.started.filter((name) => name.startsWith('a-'))).toEqual(['a-m1', 'a-x1']);
    await world.until('people are told', async () => (await world.eventsOf('a')).includes('Succeeded'));
  });

  it('brings a run without a handler to its end in 7 writes', async () => {
    await leads();
    await world.submit('warm-up', plain);
    await world.ended('warm-up');
    const before = paidWrites().length;
    await world.submit('a', plain);
    expect((await world.ended('a')).status?.phase).toBe('Succeeded');
    expect(paidWrites().slice(before).length).toBeLessThanOrEqual(7);
  });

  it('runs the handler after a failure', async () => {
    world.operator();
    world.script = (pod) => (isMain(pod) ? 3 : 0);
    await world.submit('a', handled, []);
    const { status } = await world.ended('a');
    expect(status).toMatchObject({
      phase: 'Failed',
      main: { reason: 'ExitCode', exitCode: 3 },
      exit: { outcome: 'Succeeded' },
    });
  });

  it.each([
    [
      'a wrong quantity',
      { spec: { containers: [{ name: 'main', image: 'x', resources: { limits: { memory: 'much' } } }] } },
    ],
    ['an unknown field', { spec: { containers: [{ name: 'main', image: 'x', comand: ['x'] } as never] } }],
    [
      'a volume that is not there',
      {
        spec: { containers: [{ name: 'main', image: 'x', volumeMounts: [{ name: 'v', mountPath: '/v' }] }] },
      },
    ],
  ])('refuses a run with %s before any pod exists', async (_what, main) => {
    world.operator();
    await world.submit('a', { main });
    const { status } = await world.ended('a');
    expect(status).toMatchObject({ phase: 'Refused', reason: 'SpecInvalid' });
    expect(status?.message).toContain('spec.main');
    expect(await world.podsOf('a')).toEqual([]);
  });

  it.each(['Pending', 'Running', 'Exiting'])(
    'cancels a run that is %s, its handler included',
    async (phase) => {
      world.operator();
      world.script = (pod) => (isMain(pod) && phase === 'Exiting' ? 0 : undefined);
      const gated = { spec: { ...onePod.spec, schedulingGates: [{ name: 'example.com/wait' }] } };
      await world.submit('a', { ...handled, main: phase === 'Pending' ? gated : onePod });
      await world.until(phase, async () => (await world.run('a'))?.status?.phase === phase);
      await cancelRun(world.client, { namespace: 'jobs', name: 'a', by: 'test' });
      world.script = (pod) => (isMain(pod) ? undefined : 0);
      const { status } = await world.ended('a');
      expect(status?.phase).toBe(phase === 'Exiting' ? 'Succeeded' : 'Cancelled');
      expect(status?.exit?.outcome).toBe('Succeeded');
    },
  );

  it.each(
    (['Background', 'Foreground', 'Orphan'] as const).flatMap((cascade) =>
      ['Running', 'Exiting'].map((phase) => [cascade, phase] as const),
    ),
  )('lets a run go that is deleted (%s) while %s, its handler first', async (propagationPolicy, phase) => {
    world.operator();
    world.script = (pod) => (isMain(pod) && phase === 'Exiting' ? 0 : undefined);
    await world.submit('a', handled);
    await world.until(phase, async () => (await world.run('a'))?.status?.phase === phase);
    await world.client.delete(runs, { namespace: 'jobs', name: 'a' }, { propagationPolicy });
    world.script = (pod) => (isMain(pod) ? undefined : 0);
    await world.until('the run is gone', async () => (await world.run('a')) === undefined);
    expect(world.started.filter((name) => name === 'a-m1')).toHaveLength(1);
    expect(world.started.some((name) => name.startsWith('a-x'))).toBe(true);
    if (propagationPolicy === 'Orphan') {
      const left = await world.podsOf('a');
      expect(left.every((pod) => !pod.metadata?.finalizers?.includes(FINALIZER.outcome))).toBe(true);
    } else await world.until('its pods are gone', async () => (await world.podsOf('a')).length === 0);
  });

  it('ends main at its run limit', async () => {
    world.operator();
    world.script = (pod) => (isMain(pod) ? undefined : 0);
    await world.submit('a', { ...handled, limits: { runSeconds: 1 } });
    expect((await world.ended('a')).status).toMatchObject({
      phase: 'Failed',
      main: { reason: 'RunTimeout' },
      exit: { outcome: 'Succeeded' },
    });
  });

  it('records a pod that was deleted by hand, and one whose finalizer was removed too', async () => {
    world.operator();
    world.script = (pod) => (isMain(pod) ? undefined : 0);
    await world.submit('a', handled);
    await world.submit('b', handled);
    await world.until('both run', async () => {
      const phases = await Promise.all(
        ['a', 'b'].map(async (name) => (await world.run(name))?.status?.phase),
      );
      return phases.every((phase) => phase === 'Running');
    });
    await world.client.delete(pods, { namespace: 'jobs', name: 'a-m1' });
    await world.client.patch(
      pods,
      { namespace: 'jobs', name: 'b-m1' },
      { type: 'merge', body: { metadata: { finalizers: null } } },
    );
    await world.client.delete(pods, { namespace: 'jobs', name: 'b-m1' }, { gracePeriodSeconds: 0 });
    for (const name of ['a', 'b']) {
      expect((await world.ended(name)).status).toMatchObject({
        phase: 'Failed',
        main: { reason: 'PodDeleted' },
        exit: { outcome: 'Succeeded' },
      });
    }
  });

  it('says that the name of its pod is taken', async () => {
    await world.client.create(pods, {
      metadata: { namespace: 'jobs', name: 'a-m1' },
      spec: { ...onePod.spec, schedulingGates: [{ name: 'example.com/wait' }] },
    });
    world.operator();
    await world.submit('a', handled);
    expect((await world.ended('a')).status).toMatchObject({
      phase: 'Failed',
      main: { reason: 'NameTaken' },
      exit: { outcome: 'Succeeded' },
    });
  });

  it('lets a namespace go that is deleted under a running run', async () => {
    world.operator();
    world.script = () => undefined;
    await world.submit('a', handled);
    await world.until('it runs', async () => (await world.run('a'))?.status?.phase === 'Running');
    await world.client.delete(namespaces, { name: 'jobs' });
    await world.until('the namespace is gone', async () =>
      (await world.client.list(namespaces)).items.every((one) => one.metadata?.name !== 'jobs'),
    );
  });

  it('comes through somebody who writes the run all the time', async () => {
    world.operator();
    let writes = 0;
    await world.submit('a', handled);
    const writer = (async () => {
      for (; writes < 300; writes += 1) {
        const body = { metadata: { labels: { n: String(writes) } } };
        await world.client.patch(runs, { namespace: 'jobs', name: 'a' }, { type: 'merge', body });
      }
    })();
    expect((await world.ended('a')).status?.phase).toBe('Succeeded');
    await writer;
    expect(world.started).toEqual(['a-m1', 'a-x1']);
  });

  it('hands over to another operator in the middle', async () => {
    const first = world.operator();
    world.script = (pod) => (isMain(pod) ? undefined : 0);
    await world.submit('a', handled);
    await world.until('it runs', async () => (await world.run('a'))?.status?.phase === 'Running');
    await first.stop();
    world.operator();
    world.script = () => 0;
    expect((await world.ended('a')).status?.phase).toBe('Succeeded');
    expect(world.started).toEqual(['a-m1', 'a-x1']);
  });

  it('is not needed to free objects', async () => {
    const operator = world.operator();
    world.script = () => undefined;
    await world.submit('a', handled);
    await world.until('it runs', async () => (await world.run('a'))?.status?.phase === 'Running');
    await operator.stop();
    await world.client.delete(runs, { namespace: 'jobs', name: 'a' });
    expect(await finalizersRelease(world.client, { namespace: 'jobs' })).toEqual({
      runs: 1,
      pods: 1,
      failures: [],
    });
    await world.until(
      'all is gone',
      async () => (await world.run('a')) === undefined && (await world.podsOf('a')).length === 0,
    );
  });
});
