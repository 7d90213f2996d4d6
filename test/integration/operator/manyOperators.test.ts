import { afterEach, describe, expect, it } from 'vitest';
import { cancelRun } from '../../../src/actions/cancelRun.ts';
import type { RunSpec } from '../../../src/core/run/run.ts';
import type { ScriptOf } from '../../../src/kubelite/kubelet/scripted/podScript.ts';
import { ManyOperators, type Seat } from './manyOperators.ts';

const container = { name: 'main', image: 'scripted', command: ['true'] };
const pod = { spec: { containers: [container] } };
const spec: RunSpec = { main: pod, exitHandler: pod };

/** Mains run for 30 s, handlers for 5 s. */
const usual: ScriptOf = ({ metadata }) => ({
  others: { runMs: metadata.labels?.['endwell.dev/stage'] === 'exit' ? 5_000 : 30_000 },
});

let many: ManyOperators;

afterEach(() => many.stop());

async function begin(operators: number, script = usual): Promise<Seat> {
  many = await ManyOperators.start(script);
  for (let index = 0; index < operators; index += 1) many.join();
  return many.until('one leads', () => many.leader());
}

const otherLeads = (old: Seat) =>
  many.until('another leads', () =>
    many.seats.find((seat) => seat !== old && seat.operator.ready().role === 'leader'),
  );

/** No container of a pod's name started twice, and no phase follows a final one. */
function expectOnce(): void {
  const names = many.started.map((key) => key.split(' ')[0]);
  expect(names).toEqual([...new Set(names)]);
  for (const [name, phases] of many.phases) {
    const end = phases.findIndex((phase) => ['Succeeded', 'Failed', 'Cancelled'].includes(phase));
    expect(phases.slice(end + 1), name).toEqual([]);
  }
}

/** Writes of a process to runs and pods that the server took after that moment. */
const writesSince = ({ process }: Seat, at: number) =>
  process.carried.filter(
    (one) => one.at > at && one.status < 300 && /^(late )?(POST|PUT|PATCH|DELETE) (runs|pods)/.test(one.what),
  );

describe('several operators', () => {
  it('have one leader, and the others write nothing', async () => {
    const leader = await begin(3);
    await many.submit('a', spec);
    await many.ended('a');
    expect(many.leader()).toBe(leader);
    for (const seat of many.seats) expect(writesSince(seat, 0).length > 0).toBe(seat === leader);
  });

  it('carry on what a leader left that died without a word, each run from where it stood', async () => {
    const first = await begin(2);
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      await many.submit(name, spec);
      await many.clock.advance(9_000);
    }
    first.process.pause();
    const second = await otherLeads(first);
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const { status } = await many.ended(name);
      expect(status).toMatchObject({ phase: 'Succeeded', exit: { attempts: 1, receipt: { exitCode: 0 } } });
    }
    expect(writesSince(second, 0).length).toBeGreaterThan(0);
    expectOnce();
  });

  it('hear nothing any more of a leader that was stopped for longer than its lease and goes on', async () => {
    const first = await begin(2);
    for (const name of ['a', 'b', 'c']) await many.submit(name, spec);
    await many.until('a runs', async () => (await many.run('a'))?.status?.phase === 'Running');
    first.process.pause();
    await otherLeads(first);
    await cancelRun(many.client, { namespace: 'jobs', name: 'b', by: 'anna' });
    await many.submit('d', spec);
    await many.clock.advance(20_000);
    const resumedAt = many.clock.monotonic();
    first.process.resume();
    for (const name of ['a', 'b', 'c', 'd']) await many.ended(name);
    expect(writesSince(first, resumedAt)).toEqual([]);
    expect(first.operator.ready().role).toBe('standby');
    expect((await many.run('b'))?.status?.phase).toBe('Cancelled');
    expectOnce();
  });

  it.each([
    ['ahead', 7 * 60_000],
    ['behind', -7 * 60_000],
  ])('keep limits and the lease by no clock of their own: one is minutes %s', async (_way, ms) => {
    const first = await begin(2, ({ metadata }) => ({
      others: { runMs: metadata.labels?.['endwell.dev/stage'] === 'exit' ? 1_000 : 'hang' },
    }));
    first.process.shiftWall(ms);
    await many.submit('a', { ...spec, limits: { runSeconds: 120 } });
    await many.until('a runs', async () => (await many.run('a'))?.status?.phase === 'Running');
    const startedAt = many.clock.monotonic();
    await many.until('half of its time is over', () => {
      many.leader();
      return many.clock.monotonic() - startedAt > 60_000;
    });
    first.process.pause();
    const second = await otherLeads(first);
    second.process.shiftWall(-2 * ms);
    first.process.resume();
    const run = await many.ended('a');
    expect(run.status?.main?.reason).toBe('RunTimeout');
    const ranMs =
      Date.parse(run.status?.verdicts?.[run.status.attempts[0]?.podUID ?? '']?.at ?? '') -
      Date.parse(run.status?.attempts[0]?.startedAt ?? '');
    expect(Math.abs(ranMs - 120_000)).toBeLessThan(3_000);
    expectOnce();
  });

  it('hand over at once when the leader is asked to end', async () => {
    const first = await begin(2);
    await many.submit('a', spec);
    await many.until('a runs', async () => (await many.run('a'))?.status?.phase === 'Running');
    const stopping = first.operator.stop();
    const askedAt = many.clock.monotonic();
    await otherLeads(first);
    await stopping;
    expect(many.clock.monotonic() - askedAt).toBeLessThan(5_000);
    await many.ended('a');
    expectOnce();
  });
});

describe('a write that its leader sent and that arrives only when another leads', () => {
  const failing: ScriptOf = ({ metadata }) => ({
    others: { runMs: 10_000, exitCodes: [metadata.labels?.['endwell.dev/stage'] === 'exit' ? 0 : 3] },
  });

  it.each([
    'POST pods main',
    'PUT runs/status',
    'PATCH pods ungate',
    'POST pods exit',
    'PATCH pods release',
    'PATCH runs release',
  ])('does no harm: %s', async (held) => {
    const first = await begin(2, failing);
    first.process.holds = (what) => what === held;
    await many.submit('a', { ...spec, retry: { maxAttempts: 2, backoffSeconds: 1 } });
    await many.until(`${held} is on its way`, () => first.process.isHolding());
    first.process.pause();
    await otherLeads(first);
    await many.clock.advance(45_000);
    first.process.deliver();
    await many.clock.advance(1_000);
    first.process.resume();
    const { status } = await many.ended('a');
    expect(status).toMatchObject({
      phase: 'Failed',
      main: { reason: 'ExitCode' },
      attempts: [{ number: 1 }, { number: 2 }],
    });
    await many.clock.advance(10_000);
    expectOnce();
    expect((await many.run('a'))?.status).toEqual(status);
    const stillHeld = (await many.pods()).filter(({ metadata }) => metadata?.finalizers?.length);
    expect(
      stillHeld.map(({ metadata }) => metadata?.name),
      'pods that somebody still holds',
    ).toEqual([]);
  });

  it.each(['DELETE pods', 'PUT runs/status'])('does no harm while a run is cancelled: %s', async (held) => {
    const first = await begin(2, usual);
    await many.submit('a', spec);
    await many.until('a runs', async () => (await many.run('a'))?.status?.phase === 'Running');
    first.process.holds = (what) => what === held;
    await cancelRun(many.client, { namespace: 'jobs', name: 'a', by: 'anna' });
    await many.until(`${held} is on its way`, () => first.process.isHolding());
    first.process.pause();
    await otherLeads(first);
    await many.clock.advance(45_000);
    first.process.deliver();
    first.process.resume();
    const { status } = await many.ended('a');
    expect(status).toMatchObject({ phase: 'Cancelled', exit: { attempts: 1, receipt: { exitCode: 0 } } });
    expectOnce();
  });
});
