import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { AnswerLostError, ForbiddenError, InvalidError, ServerError } from '../errors.ts';
import { events } from '../resources.ts';
import { FakeCluster } from '../watch/testing/fakeCluster.ts';
import type { EventNote } from './correlate.ts';
import { EventRecorder } from './recorder.ts';

function setUp() {
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const cluster = new FakeCluster(clock);
  const errors: unknown[] = [];
  let chance = 0;
  const recorder = new EventRecorder({
    client: cluster.client(),
    clock,
    random: () => (chance++ % 1000) / 1000,
    component: 'endwell-operator',
    instance: 'host_1_0000',
    onError: (error) => errors.push(error),
  });
  const written = () =>
    cluster.objects(events).map((event) => `${event.reason} x${event.count}: ${event.message}`);
  return { clock, cluster, recorder, errors, written };
}

function note(more: Partial<EventNote> & { run?: string } = {}): EventNote {
  const { run = 'run-1', ...rest } = more;
  const object = { apiVersion: 'endwell.dev/v1', kind: 'Run', namespace: 'ns', name: run, uid: `uid-${run}` };
  return { object, type: 'Normal', reason: 'Started', message: 'main started', ...rest };
}

describe('EventRecorder', () => {
  it('writes an Event of core/v1 about the object', async () => {
    const { clock, cluster, recorder } = setUp();
    recorder.record(note());
    await clock.advance(0);
    const [event] = cluster.objects(events);
    expect(event).toMatchObject({
      metadata: { namespace: 'ns', name: expect.stringMatching(/^run-1\.[0-9a-f]{19}$/) },
      involvedObject: { kind: 'Run', name: 'run-1', uid: 'uid-run-1' },
      type: 'Normal',
      count: 1,
      firstTimestamp: '2026-01-01T00:00:00Z',
      source: { component: 'endwell-operator' },
    });
  });

  it('counts what is said again within 10 minutes in the same Event, and makes another after that', async () => {
    const { clock, cluster, recorder, written } = setUp();
    for (let minute = 0; minute < 3; minute++) {
      recorder.record(note());
      await clock.advance(60_000);
    }
    expect(written()).toEqual(['Started x3: main started']);
    expect(cluster.objects(events)[0]?.lastTimestamp).toBe('2026-01-01T00:02:00Z');
    await clock.advance(600_001);
    recorder.record(note());
    await clock.advance(0);
    expect(written()).toEqual(['Started x3: main started', 'Started x1: main started']);
  });

  it('makes the Event anew when it has been cleaned away', async () => {
    const { clock, cluster, recorder, written } = setUp();
    recorder.record(note());
    await clock.advance(0);
    cluster.remove(events, { namespace: 'ns', name: cluster.objects(events)[0]?.metadata?.name ?? '' });
    recorder.record(note());
    await clock.advance(0);
    expect(written()).toEqual(['Started x2: main started']);
  });

  it('combines the tenth and further different messages of one reason', async () => {
    const { clock, recorder, written } = setUp();
    for (let n = 1; n <= 14; n++) recorder.record(note({ reason: 'Retried', message: `try ${n}` }));
    await clock.advance(0);
    expect(written()).toHaveLength(10);
    expect(written().at(-1)).toBe('Retried x5: (the latest of many alike) try 14');
  });

  it('writes about one object 25 times at once and then once each 5 minutes, with a true count', async () => {
    const { clock, cluster, recorder, written } = setUp();
    for (let n = 0; n < 40; n++) {
      recorder.record(note());
      await clock.advance(1_000);
    }
    expect(written()).toEqual(['Started x25: main started']);
    expect(recorder.stats()).toMatchObject({ created: 1, patched: 24, throttled: 15 });
    recorder.record(note({ run: 'other' }));
    await clock.advance(300_000);
    recorder.record(note());
    await clock.advance(0);
    expect(written()).toEqual(['Started x41: main started', 'Started x1: main started']);
    expect(cluster.calls).toHaveLength(27);
  });

  it('writes what waited together at once', async () => {
    const { clock, cluster, recorder, written } = setUp();
    cluster.behaviour.latencyMs = () => 1_000;
    recorder.record(note({ run: 'slow' }));
    for (let n = 0; n < 5; n++) recorder.record(note());
    await clock.advance(5_000);
    expect(written()).toContain('Started x5: main started');
    expect(cluster.calls).toHaveLength(2);
  });

  it('never blocks nor grows without bound while the API hangs, and counts what it drops', async () => {
    const { clock, cluster, recorder } = setUp();
    cluster.behaviour.latencyMs = () => 1e9;
    for (let n = 0; n < 1_200; n++) recorder.record(note({ run: `run-${n}` }));
    await clock.advance(0);
    expect(recorder.stats()).toMatchObject({ waiting: 1_000, dropped: 199 });
  });

  it('tries again while the API is away, and takes a lost answer for written', async () => {
    const { clock, cluster, recorder, written } = setUp();
    let failing = 3;
    cluster.behaviour.before = () => (failing-- > 0 ? new ServerError({ message: '503' }) : undefined);
    let lost = 1;
    cluster.behaviour.after = () => (lost-- > 0 ? new AnswerLostError({ message: 'lost' }) : undefined);
    recorder.record(note());
    await clock.advance(30_000);
    expect(written()).toEqual(['Started x1: main started']);
    expect(recorder.stats()).toMatchObject({ created: 1, failed: 0 });
  });

  it('gives one up after six tries, reports it, and goes on with the next', async () => {
    const { clock, cluster, recorder, errors, written } = setUp();
    let failing = 6;
    cluster.behaviour.before = () => (failing-- > 0 ? new ServerError({ message: '503' }) : undefined);
    recorder.record(note());
    recorder.record(note({ run: 'next' }));
    await clock.advance(120_000);
    expect(recorder.stats()).toMatchObject({ created: 1, failed: 1 });
    expect(errors).toHaveLength(1);
    expect(written()).toHaveLength(1);
  });

  it('only counts what a terminating namespace refuses', async () => {
    const { clock, cluster, recorder, errors } = setUp();
    const causes = [{ reason: 'NamespaceTerminating', field: 'metadata.namespace', message: 'ns' }];
    cluster.behaviour.before = () =>
      new ForbiddenError({ message: 'creating events: 403', status: 403, causes });
    recorder.record(note());
    await clock.advance(60_000);
    expect(recorder.stats()).toMatchObject({ refused: 1, failed: 0 });
    expect([errors.length, cluster.calls.length]).toEqual([0, 1]);
  });

  it('reports what can not succeed, without trying again', async () => {
    const { clock, cluster, recorder, errors } = setUp();
    cluster.behaviour.before = () => new InvalidError({ message: 'creating events: 422', status: 422 });
    recorder.record(note());
    await clock.advance(60_000);
    expect([errors.length, cluster.calls.length]).toEqual([1, 1]);
  });

  it('cuts messages and names to what the API allows', async () => {
    const { clock, cluster, recorder } = setUp();
    recorder.record(note({ run: `${'a'.repeat(233)}-${'b'.repeat(19)}`, message: 'm'.repeat(5_000) }));
    await clock.advance(0);
    const [event] = cluster.objects(events);
    expect(event?.message).toHaveLength(1_024);
    expect(event?.metadata?.name).toMatch(/^a{233}\.[0-9a-f]{19}$/);
  });

  it('stops when what waits is written, or the grace is over', async () => {
    const { clock, cluster, recorder, written } = setUp();
    cluster.behaviour.latencyMs = () => 1_000;
    for (const run of ['a', 'b', 'c']) recorder.record(note({ run }));
    let isStopped = false;
    void recorder.stop(2_500).then(() => {
      isStopped = true;
    });
    recorder.record(note({ run: 'late' }));
    await clock.advance(2_500);
    expect(isStopped).toBe(true);
    expect(written()).toHaveLength(2);
    expect(recorder.stats()).toMatchObject({ created: 2, dropped: 1, failed: 0 });
    expect(clock.timers()).toBe(0);
  });
});
