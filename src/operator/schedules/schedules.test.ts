import { describe, expect, it } from 'vitest';
import { runs, schedules } from '../../actions/resources.ts';
import type { Run } from '../../core/run/run.ts';
import type { Schedule, ScheduleSpec } from '../../core/schedule/schedule.ts';
import { AnswerLostError, InvalidError, ServerError } from '../../kube/errors.ts';
import { events } from '../../kube/resources.ts';
import { OperatorWorld } from '../testing/operatorWorld.ts';

const RUN: ScheduleSpec['run'] = {
  spec: { main: { spec: { containers: [{ name: 'main', image: 'busybox', command: ['true'] }] } } },
};
const at = (text: string) => Date.parse(`2026-01-01T${text}Z`);
const nameAt = (text: string, name = 'nightly') => `${name}-${at(text) / 1000}`;

/** A cluster with schedules, from midnight of a first of January on. */
class ScheduleWorld extends OperatorWorld {
  declare(spec: Partial<ScheduleSpec> = {}, name = 'nightly'): void {
    const metadata = { name, namespace: 'default', generation: 1, creationTimestamp: this.#time() };
    this.api.cluster.put(schedules, {
      apiVersion: 'endwell.dev/v1',
      kind: 'Schedule',
      metadata,
      spec: { cron: '*/10 * * * *', run: RUN, ...spec },
    });
  }

  /** As somebody edits it. */
  edit(change: Partial<ScheduleSpec>, name = 'nightly'): void {
    const before = this.schedule(name);
    const generation = (before.metadata.generation ?? 1) + 1;
    const metadata = { ...before.metadata, generation };
    this.api.cluster.put(schedules, { ...before, metadata, spec: { ...before.spec, ...change } });
  }

  schedule(name = 'nightly'): Schedule {
    const found = this.api.cluster.objects(schedules).find(({ metadata }) => metadata.name === name);
    if (found === undefined) throw new Error(`there is no schedule ${name}`);
    return found;
  }

  runs(): Run[] {
    return this.api.cluster.objects(runs);
  }

  names(): string[] {
    return this.runs()
      .map(({ metadata }) => metadata.name ?? '')
      .sort();
  }

  /** Lets the day go on until a time of it, the kubelet a step a second. */
  async goTo(text: string): Promise<void> {
    while (this.clock.now() < at(text)) {
      const left = at(text) - this.clock.now();
      await this.clock.advance(Math.min(1_000, left));
      this.api.turn();
    }
  }

  /** Lets time go on with nobody at work, in one step. */
  async sleepTo(text: string): Promise<void> {
    await this.clock.advance(at(text) - this.clock.now());
  }

  recent(name = 'nightly'): string[] {
    return (this.schedule(name).status?.recent ?? []).map((one) =>
      'run' in one ? `${one.slot.slice(11, 16)} ran` : `${one.slot.slice(11, 16)} ${one.skipped}`,
    );
  }

  writesOf(plural: string): number {
    return this.api.writes.filter((write) => write.plural === plural).length;
  }

  #time(): string {
    return new Date(this.clock.now()).toISOString();
  }
}

async function world(spec: Partial<ScheduleSpec> = {}): Promise<ScheduleWorld> {
  const made = new ScheduleWorld();
  made.operator();
  await made.goTo('00:03:00');
  made.declare(spec);
  return made;
}

describe('a schedule', () => {
  it('makes one run at each slot, named after it, which it owns', async () => {
    const w = await world();
    await w.goTo('00:31:00');
    expect(w.names()).toEqual([nameAt('00:10:00'), nameAt('00:20:00'), nameAt('00:30:00')]);
    const run = w.runs()[0];
    expect(run?.metadata.ownerReferences).toMatchObject([
      { kind: 'Schedule', name: 'nightly', controller: true },
    ]);
    expect(run?.metadata.finalizers ?? []).toEqual([]);
    expect(w.schedule().status).toMatchObject({
      lastSlot: '2026-01-01T00:30:00Z',
      nextSlot: '2026-01-01T00:40:00Z',
    });
    expect(w.recent()).toEqual(['00:10 ran', '00:20 ran', '00:30 ran']);
  });

  it('fires neither when it is made, nor when it is resumed, nor when its zone changes', async () => {
    const w = await world();
    await w.goTo('00:05:00');
    expect(w.names()).toEqual([]);
    w.edit({ suspend: true });
    await w.goTo('00:25:00');
    w.edit({ suspend: false });
    await w.goTo('00:29:00');
    expect(w.names()).toEqual([]);
    w.edit({ timeZone: 'Asia/Kathmandu' });
    await w.goTo('00:29:30');
    expect(w.names()).toEqual([]);
    await w.goTo('00:36:00');
    expect(w.names()).toEqual([nameAt('00:35:00')]);
  });

  it('makes no slot of a pause that no operator saw, and says so', async () => {
    const w = await world({ catchUp: 'Last' });
    await w.goTo('00:05:00');
    await w.operators[0]?.stop();
    w.edit({ suspend: true });
    await w.sleepTo('00:10:05');
    w.edit({ suspend: false });
    w.operator();
    await w.goTo('00:21:00');
    expect(w.names()).toEqual([nameAt('00:20:00')]);
    expect(w.recent()).toEqual(['00:10 Missed', '00:20 ran']);
  });

  it.each([
    ['suspended', (w: ScheduleWorld) => w.edit({ suspend: true })],
    [
      'deleted',
      (w: ScheduleWorld) => w.api.cluster.remove(schedules, { namespace: 'default', name: 'nightly' }),
    ],
  ] as const)(
    'makes nothing once it is %s, though the watch has not told of that yet',
    async (_how, change) => {
      const w = await world();
      await w.goTo('00:09:55');
      w.api.cluster.muteStreams();
      change(w);
      await w.goTo('00:10:05');
      expect(w.names()).toEqual([]);
    },
  );

  it('writes nothing while it is suspended, and one status a slot beside what its run costs', async () => {
    const w = await world({ suspend: true });
    await w.goTo('00:15:00');
    expect(w.writesOf('schedules')).toBe(1);
    await w.goTo('05:00:00');
    expect(w.writesOf('schedules')).toBe(1);
  });

  it('says what is wrong with it, and counts from when that is mended', async () => {
    const w = await world({ cron: 'every day', timeZone: 'Mars/Base' });
    await w.goTo('00:21:00');
    const [condition] = w.schedule().status?.conditions ?? [];
    expect(condition).toMatchObject({ type: 'Accepted', status: 'False', reason: 'SpecInvalid' });
    expect(condition?.message).toMatch(/spec.cron .*five fields.*; spec.timeZone .*Mars/);
    w.edit({ cron: '*/10 * * * *', timeZone: 'UTC' });
    await w.goTo('00:31:00');
    expect(w.names()).toEqual([nameAt('00:30:00')]);
    expect(w.schedule().status?.conditions).toMatchObject([{ status: 'True' }]);
  });

  it('keeps as many ended runs as it is told to', async () => {
    const w = await world({ history: { succeeded: 2 } });
    await w.goTo('00:51:00');
    expect(w.names()).toEqual([nameAt('00:40:00'), nameAt('00:50:00')]);
  });
});

describe('what happens without an operator', () => {
  it.each([
    ['None', 'None', [], ['00:10 Missed', '00:20 Missed', '00:30 Missed']],
    ['Last', 'Last', ['00:30:00'], ['00:10 Missed', '00:20 Missed', '00:30 ran']],
    ['two', { all: 2 }, ['00:20:00', '00:30:00'], ['00:10 Missed', '00:20 ran', '00:30 ran']],
  ] as const)('is made up as catchUp says: %s', async (_name, catchUp, slots, recent) => {
    const w = new ScheduleWorld();
    await w.sleepTo('00:03:00');
    w.declare({ catchUp, overlap: 'Allow' });
    await w.sleepTo('00:36:00');
    w.operator();
    await w.goTo('00:37:00');
    expect(w.names()).toEqual(slots.map((slot) => nameAt(slot)));
    expect(w.recent()).toEqual(recent);
  });

  it('is made up no older than startingDeadlineSeconds', async () => {
    const w = new ScheduleWorld();
    await w.sleepTo('00:03:00');
    w.declare({ catchUp: { all: 5 }, startingDeadlineSeconds: 600, overlap: 'Allow' });
    await w.sleepTo('00:25:00');
    w.operator();
    await w.goTo('00:26:00');
    expect(w.recent()).toEqual(['00:10 TooOld', '00:20 ran']);
  });

  it('costs no slot that a new leader sees within 20 s', async () => {
    const w = await world();
    const [first] = w.operators;
    await w.goTo('00:09:55');
    await first?.stop();
    await w.sleepTo('00:10:15');
    w.operator();
    await w.goTo('00:10:18');
    expect(w.recent()).toEqual(['00:10 ran']);
  });
});

describe('a schedule whose run is alive at the next slot', () => {
  const slow = { spec: { ...RUN.spec } };

  it.each([
    ['Forbid', ['00:10:00'], ['00:10 ran', '00:20 Overlap']],
    ['Allow', ['00:10:00', '00:20:00'], ['00:10 ran', '00:20 ran']],
    ['Queue', ['00:10:00', '00:20:00'], ['00:10 ran', '00:20 ran']],
    ['Replace', ['00:10:00', '00:20:00'], ['00:10 ran', '00:20 ran']],
  ] as const)('does what overlap says: %s', async (overlap, slots, recent) => {
    const w = await world({ overlap, run: slow });
    w.api.script = () => undefined;
    await w.goTo('00:21:00');
    expect(w.names()).toEqual(slots.map((slot) => nameAt(slot)));
    expect(w.recent()).toEqual(recent);
    const phases = w.runs().map(({ status }) => status?.phase ?? 'none');
    const expected = {
      Forbid: ['Running'],
      Allow: ['Running', 'Running'],
      Queue: ['Running', 'Queued'],
      Replace: ['Cancelled', 'Running'],
    };
    expect(phases).toEqual(expected[overlap]);
  });
});

describe('a slot whose run could not be made at first', () => {
  it('is made once when the answer to the create is lost', async () => {
    const w = await world();
    let faults = 3;
    w.api.fault = (write, moment) =>
      write.plural === 'runs' && write.verb === 'create' && moment === 'after' && faults-- > 0
        ? new AnswerLostError({ message: 'the connection broke' })
        : undefined;
    await w.goTo('00:11:00');
    expect(w.names()).toEqual([nameAt('00:10:00')]);
    expect(w.recent()).toEqual(['00:10 ran']);
  });

  it('is made once when the status after it can not be written for a while, and another leader comes', async () => {
    const w = await world();
    await w.goTo('00:09:00');
    let isBroken = true;
    w.api.fault = (write) =>
      isBroken && write.plural === 'schedules'
        ? new ServerError({ message: 'broken', status: 500 })
        : undefined;
    await w.goTo('00:10:05');
    expect(w.names()).toEqual([nameAt('00:10:00')]);
    await w.operators[0]?.stop();
    isBroken = false;
    await w.sleepTo('00:15:00');
    w.operator();
    await w.goTo('00:16:00');
    expect(w.names()).toEqual([nameAt('00:10:00')]);
    expect(w.recent()).toEqual(['00:10 ran']);
  });

  it('is made when the API server is there again within two minutes, and missed after that', async () => {
    const w = await world();
    let isBroken = true;
    w.api.fault = (write) =>
      isBroken && write.plural === 'runs' ? new ServerError({ message: 'broken', status: 500 }) : undefined;
    await w.goTo('00:10:40');
    isBroken = false;
    await w.goTo('00:12:00');
    expect(w.recent()).toEqual(['00:10 ran']);
    isBroken = true;
    await w.goTo('00:24:00');
    expect(w.recent()).toEqual(['00:10 ran', '00:20 Missed']);
  });

  it('is given up when the run is refused, or somebody else has its name', async () => {
    const w = await world();
    w.submit(nameAt('00:20:00'));
    w.api.fault = (write) =>
      write.name === nameAt('00:10:00') && write.verb === 'create'
        ? new InvalidError({ message: 'spec.main is bad', status: 422, reason: 'Invalid' })
        : undefined;
    await w.goTo('00:21:00');
    expect(w.recent()).toEqual(['00:10 Refused', '00:20 NameTaken']);
    expect(w.schedule().status?.recent[0]).toMatchObject({ message: 'spec.main is bad' });
    await w.goTo('00:31:00');
    const told = w.api.cluster
      .objects(events)
      .filter(({ involvedObject }) => involvedObject.kind === 'Schedule')
      .map(({ reason, message }) => `${reason} ${message}`);
    expect(told).toEqual([
      'Refused slot 2026-01-01T00:10:00Z: spec.main is bad',
      expect.stringMatching(/^NameTaken slot 2026-01-01T00:20:00Z: an object of the name/),
    ]);
    const metrics = await w.metrics.text();
    expect(metrics).toContain('endwell_schedule_slots_total{kind="Schedule",outcome="Refused"} 1');
    expect(metrics).toContain('endwell_schedule_slots_total{kind="Schedule",outcome="Made"} 1');
  });
});
