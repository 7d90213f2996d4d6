import { afterEach, describe, expect, it } from 'vitest';
import { queues, runs } from '../../actions/resources.ts';
import { FakeApi } from '../../actions/testing/fakeApi.ts';
import { recordOf } from '../../core/admission/batch.ts';
import { ADMISSION_OBJECT, FINALIZER, LABEL } from '../../core/naming/naming.ts';
import type { QueueSpec } from '../../core/queue/queue.ts';
import type { Run, RunSpec } from '../../core/run/run.ts';
import { ServerError } from '../../kube/errors.ts';
import { configMaps, namespaces, pods } from '../../kube/resources.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { createOperatorMetrics } from '../../telemetry/metrics.ts';
import { type Operator, startOperator } from '../startOperator.ts';

const main = { spec: { containers: [{ name: 'main', image: 'busybox', command: ['true'] }] } };
const subject = { kind: 'connection', id: '7f3c' };
const OVER = ['Succeeded', 'Failed', 'Cancelled', 'Refused'];

/** A cluster in virtual time and operators on it. Main pods run until a test ends them. */
class World {
  readonly clock = virtualClock(Date.parse('2026-01-01T00:00:00Z'));
  readonly api = new FakeApi(this.clock);
  readonly operators: Operator[] = [];
  readonly lines: string[] = [];
  /** Names of runs whose main is to end, with the exit code. */
  readonly ends = new Map<string, number>();
  /** Most main pods that were seen running at once. */
  mostRunning = 0;
  #chance = 0;

  constructor() {
    this.api.cluster.put(namespaces, { metadata: { name: 'default' }, status: { phase: 'Active' } });
    this.api.script = (pod) => this.ends.get(pod.metadata?.labels?.[LABEL.run] ?? '');
  }

  operator(isDead: () => boolean = () => false, pause = false, client = this.api.client(isDead)): Operator {
    const operator = startOperator({
      client,
      clock: this.clock,
      random: () => {
        this.#chance = (this.#chance + 0.618) % 1;
        return this.#chance;
      },
      settings: { watchNamespace: [], leaseSeconds: 15, pause, workers: 8 },
      namespace: 'endwell-system',
      identity: `op-${this.operators.length}`,
      log: createLogger({ level: 'info', clock: this.clock, write: (line) => this.lines.push(line) }),
      metrics: createOperatorMetrics(),
    });
    this.operators.push(operator);
    return operator;
  }

  queue(name: string, spec: QueueSpec, namespace = 'default'): void {
    const queue = {
      apiVersion: 'endwell.dev/v1',
      kind: 'Queue',
      metadata: { name, namespace },
      spec,
    } as const;
    this.api.cluster.put(queues, queue);
  }

  submit(name: string, spec: Partial<RunSpec> = {}): void {
    const metadata = {
      name,
      namespace: 'default',
      finalizers: [FINALIZER.exitOwed],
      generation: 1,
      creationTimestamp: new Date(this.clock.now()).toISOString(),
    };
    this.api.cluster.put(runs, {
      apiVersion: 'endwell.dev/v1',
      kind: 'Run',
      metadata,
      spec: { main, ...spec },
    });
  }

  run(name: string): Run | undefined {
    return this.api.cluster.object(runs, { namespace: 'default', name });
  }

  status(name: string): string {
    const status = this.run(name)?.status;
    const admitted = status?.conditions.find(({ type }) => type === 'Admitted');
    const reason = admitted?.status === 'False' ? admitted.reason : status?.reason;
    return [status?.phase ?? 'none', ...(reason === undefined ? [] : [reason])].join(' ');
  }

  all(): Record<string, string> {
    const names = this.api.cluster.objects(runs).map(({ metadata }) => metadata.name ?? '');
    return Object.fromEntries(names.slice(0, 50).map((name) => [name, this.status(name)]));
  }

  async until(holds: () => boolean, seconds = 60): Promise<void> {
    for (let step = 0; step < seconds * 20; step += 1) {
      if (holds()) return;
      await this.clock.advance(50);
      this.api.turn();
      this.mostRunning = Math.max(this.mostRunning, this.running());
    }
    const seen = JSON.stringify(this.all(), null, 1).slice(0, 3_000);
    throw new Error(`it never came to that: ${seen}\n${this.lines.slice(-10).join('')}`);
  }

  /** Main pods whose container runs. */
  running(): number {
    return this.api.cluster
      .objects(pods)
      .filter((pod) => pod.metadata?.labels?.[LABEL.stage] === 'main' && pod.status?.phase === 'Running')
      .length;
  }

  isOver(name: string): boolean {
    return OVER.includes(this.run(name)?.status?.phase ?? '');
  }

  mains(): string[] {
    return this.api.started.map(({ name }) => name);
  }

  record() {
    const object = this.api.cluster
      .objects(configMaps)
      .find(({ metadata }) => metadata?.name === ADMISSION_OBJECT);
    return recordOf(object?.data);
  }
}

let world: World;
const begin = () => {
  world = new World();
  return world;
};

afterEach(async () => {
  const stopped = Promise.all(world.operators.map((operator) => operator.stop()));
  await world.clock.advance(60_000);
  await stopped;
});

describe('admission', () => {
  it('writes nothing for a run that no limit and no key concerns', async () => {
    const w = begin();
    w.operator();
    await w.until(() => w.operators[0]?.ready().role === 'leader');
    const before = w.record();
    w.ends.set('a', 0);
    w.submit('a');
    await w.until(() => w.isOver('a'));
    expect(w.status('a')).toContain('Succeeded');
    expect(w.record()).toEqual(before);
  });

  it('runs as many of a queue as it allows, the others wait and say why', async () => {
    const w = begin();
    w.queue('small', { maxRunning: 2 });
    w.operator();
    for (const name of ['a', 'b', 'c', 'd']) w.submit(name, { queue: 'small' });
    await w.until(() => w.status('b') === 'Running' && w.status('d') === 'Queued LimitReached');
    expect(w.all()).toEqual({
      a: 'Running',
      b: 'Running',
      c: 'Queued LimitReached',
      d: 'Queued LimitReached',
    });
    w.ends.set('a', 0);
    await w.until(() => w.status('c') === 'Running');
    expect(w.status('d')).toBe('Queued LimitReached');
    for (const name of ['b', 'c', 'd']) w.ends.set(name, 0);
    await w.until(() => w.isOver('d'));
    expect(w.mostRunning).toBe(2);
    expect(w.run('d')?.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Admitted', status: 'True', reason: 'Slot' }),
    );
  });

  it('says in the status of a queue what it holds', async () => {
    const w = begin();
    w.queue('small', { maxRunning: 1 });
    w.operator();
    for (const name of ['a', 'b', 'c']) w.submit(name, { queue: 'small' });
    const status = () => w.api.cluster.objects(queues)[0]?.status;
    await w.until(() => status()?.queued === 2);
    expect(status()).toMatchObject({ running: 1, queued: 2, oldestQueuedAt: expect.any(String) });
    for (const name of ['a', 'b', 'c']) w.ends.set(name, 0);
    await w.until(() => status()?.running === 0 && status()?.queued === 0);
    expect(status()?.oldestQueuedAt).toBeFalsy();
  });

  it.each(['Join', 'Reject'] as const)(
    'takes one of 300 identical requests under %s',
    async (whenActive) => {
      const w = begin();
      w.operator();
      w.operator();
      for (let n = 0; n < 300; n += 1) w.submit(`r${n}`, { subject, dedupe: { whenActive } });
      const refused = () => w.api.cluster.objects(runs).filter(({ status }) => status?.phase === 'Refused');
      const isRunning = () => w.api.cluster.objects(runs).some(({ status }) => status?.phase === 'Running');
      await w.until(() => refused().length === 299 && isRunning());
      const [one] = w.api.cluster.objects(runs).filter(({ status }) => status?.phase === 'Running');
      const reason = whenActive === 'Join' ? 'Joined' : 'DuplicateRejected';
      for (const { status } of refused()) {
        expect(status).toMatchObject({ reason, joined: one?.metadata.name });
      }
      w.ends.set(one?.metadata.name ?? '', 0);
      await w.until(() => w.isOver(one?.metadata.name ?? ''));
      expect(w.mains()).toHaveLength(1);
    },
    60_000,
  );

  it('never runs two of a key at once under Queue, and runs them all', async () => {
    const w = begin();
    w.operator();
    const names = Array.from({ length: 40 }, (_, n) => `r${n}`);
    for (const name of names) {
      w.ends.set(name, 0);
      w.submit(name, { subject });
    }
    await w.until(() => names.every((name) => w.isOver(name)), 600);
    expect(w.mostRunning).toBe(1);
    expect(w.mains()).toHaveLength(40);
  }, 60_000);

  it('replaces a run: waits for its real end, handler included', async () => {
    const w = begin();
    w.operator();
    w.submit('old', { subject, exitHandler: main });
    await w.until(() => w.status('old') === 'Running');
    w.ends.set('old', 0);
    w.api.script = (pod) =>
      pod.metadata?.labels?.[LABEL.stage] === 'exit'
        ? w.ends.get('exit')
        : pod.metadata?.deletionTimestamp
          ? 143
          : undefined;
    w.submit('new', { subject, dedupe: { whenActive: 'Replace' } });
    await w.until(() => w.run('old')?.status?.phase === 'Exiting');
    expect(w.run('old')?.spec.cancel).toMatchObject({ reason: 'Superseded' });
    await w.clock.advance(5_000);
    expect(w.status('new')).toBe('Queued DuplicateWaits');
    w.ends.set('exit', 0);
    await w.until(() => w.status('new') === 'Running');
    expect(w.status('old')).toBe('Cancelled Superseded');
  });

  it('refuses a new run of a key for a while after a failure, and says until when', async () => {
    const w = begin();
    w.operator();
    const spec = { subject, dedupe: { afterFailureSeconds: 60 } };
    w.ends.set('a', 3);
    w.submit('a', spec);
    await w.until(() => w.isOver('a'));
    w.submit('b', spec);
    await w.until(() => w.isOver('b'));
    expect(w.status('b')).toBe('Refused BackoffAfterFailure');
    const failedAt = w
      .run('a')
      ?.status?.conditions.find(({ type }) => type === 'Finished')?.lastTransitionTime;
    expect(w.run('b')?.status?.retryAt).toBe(new Date(Date.parse(failedAt ?? '') + 60_000).toISOString());
    await w.clock.advance(60_000);
    w.submit('c', spec);
    await w.until(() => w.status('c') === 'Running');
  });

  it('remembers a failure for as long as the back-off lasts, however soon the failed run was to go', async () => {
    const w = begin();
    w.operator();
    const dedupe = { afterFailureSeconds: 60 };
    w.ends.set('a', 3);
    w.submit('a', { subject, dedupe, ttlSeconds: { failed: 2 } });
    await w.until(() => w.isOver('a'));
    await w.clock.advance(10_000);
    w.submit('b', { subject, dedupe });
    await w.until(() => w.isOver('b'));
    expect(w.status('b')).toBe('Refused BackoffAfterFailure');
    await w.until(() => w.run('a') === undefined, 120);
    w.submit('c', { subject, dedupe });
    await w.until(() => w.status('c') === 'Running');
  });

  it('refuses a run that finds the queue full', async () => {
    const w = begin();
    w.queue('strict', { maxRunning: 1, whenFull: 'Reject' });
    w.queue('short', { maxRunning: 1, maxQueued: 1 });
    w.operator();
    for (const name of ['a', 'b']) w.submit(name, { queue: 'strict' });
    for (const name of ['c', 'd', 'e']) w.submit(name, { queue: 'short' });
    await w.until(() => w.isOver('b') && w.isOver('e') && w.status('c') === 'Running');
    expect(w.all()).toEqual({
      a: 'Running',
      b: 'Refused QueueFull',
      c: 'Running',
      d: 'Queued LimitReached',
      e: 'Refused QueueFull',
    });
    expect(w.run('b')?.status?.message).toMatch(
      /^concurrent job limit reached: 1 active jobs, max allowed: 1/,
    );
  });

  it('refuses a queue that does not exist, and waits for one that went', async () => {
    const w = begin();
    w.queue('small', { maxRunning: 1 });
    w.operator();
    w.submit('typo', { queue: 'smal' });
    w.submit('a', { queue: 'small' });
    w.submit('b', { queue: 'small' });
    await w.until(() => w.isOver('typo') && w.status('b') === 'Queued LimitReached');
    expect(w.status('typo')).toBe('Refused SpecInvalid');
    expect(w.run('typo')?.status?.message).toMatch(
      /no queue smal in namespace default or in the operator's; there are small, build, default/,
    );
    w.api.cluster.remove(queues, { namespace: 'default', name: 'small' });
    w.ends.set('a', 0);
    await w.until(() => w.status('b') === 'Queued QueueMissing');
    w.queue('small', {});
    await w.until(() => w.status('b') === 'Running');
  });

  it('accepts a run that is cancelled before anybody decided, and ends it', async () => {
    const w = begin();
    w.submit('a', { subject, cancel: { by: 'ann' } });
    w.operator();
    await w.until(() => w.isOver('a'));
    expect(w.status('a')).toBe('Cancelled Cancelled');
  });

  it('decides and writes nothing while paused', async () => {
    const w = begin();
    w.queue('small', { maxRunning: 1 });
    w.operator(() => false, true);
    w.submit('a', { queue: 'small' });
    await w.clock.advance(5_000);
    expect(w.api.writes).toEqual([]);
  });

  it('lets nobody past a limit when the leader changes in the middle of a batch', async () => {
    const w = begin();
    w.queue('small', { maxRunning: 3 });
    let isDead = false;
    w.operator(() => isDead);
    await w.until(() => w.operators[0]?.ready().role === 'leader');
    // The leader dies once the batch is stored and before any status is.
    w.api.fault = (write, moment) => {
      if (write.plural === 'configmaps' && moment === 'after' && w.record().batch.length > 0) isDead = true;
      return undefined;
    };
    for (let n = 0; n < 8; n += 1) w.submit(`r${n}`, { queue: 'small' });
    await w.until(() => isDead);
    w.api.fault = () => undefined;
    const granted = w.record().batch;
    expect(granted).toHaveLength(3);
    w.operator();
    await w.until(() => w.running() === 3);
    await w.clock.advance(30_000);
    w.api.turn();
    expect(w.running()).toBe(3);
    const running = w.api.cluster.objects(runs).filter(({ status }) => status?.phase === 'Running');
    expect(new Set(running.map(({ metadata }) => metadata.uid))).toEqual(
      new Set(granted.map(({ uid }) => uid)),
    );
    expect(w.record().epoch).toBe(2);
  });

  it('counts what the old leader granted and may still write', async () => {
    const w = begin();
    w.queue('small', { maxRunning: 1 });
    // The old leader's status writes are on their way for long, and it does nothing else any more.
    let isPaused = false;
    let land = () => {};
    const landing = new Promise<void>((resolve) => {
      land = resolve;
    });
    const old = w.api.client(() => isPaused);
    const late = w.api.client();
    w.operator(() => isPaused, false, {
      ...old,
      replace: async (resource, object, options) => {
        const { metadata, status } = object as Partial<Run>;
        if (metadata?.name !== 'a' || status?.phase !== 'Pending')
          return old.replace(resource, object, options);
        isPaused = true;
        await landing;
        // Nobody takes back what is on the wire.
        const { signal: _signal, ...rest } = options ?? {};
        return late.replace(resource, object, rest);
      },
    });
    for (const name of ['first', 'a', 'urgent']) {
      w.submit(name, { queue: 'small' });
      await w.until(() => w.status(name) === (name === 'first' ? 'Running' : 'Queued LimitReached'));
      await w.clock.advance(1_000);
    }
    w.ends.set('first', 0);
    await w.until(() => isPaused);
    const urgent = w.run('urgent');
    if (urgent) w.api.cluster.put(runs, { ...urgent, spec: { ...urgent.spec, priority: 9 } });
    // They land at the worst moment: the new leader has seen everything and stores its first batch.
    let writes = 0;
    w.api.fault = (write, moment) => {
      if (write.plural === 'configmaps' && moment === 'before') writes += 1;
      if (writes === 2) land();
      return undefined;
    };
    w.operator();
    await w.until(() => w.record().epoch === 2 && w.running() === 1);
    land();
    await w.clock.advance(5_000);
    await w.until(() => w.status('a') === 'Running');
    expect(w.status('urgent')).toBe('Queued LimitReached');
    w.ends.set('a', 0);
    await w.until(() => w.status('urgent') === 'Running');
    expect(w.mostRunning).toBe(1);
  });

  it('refuses the batch of a leader that was paused and is leader no more', async () => {
    const w = begin();
    w.queue('small', { maxRunning: 1 });
    const stale = w.api.client();
    w.operator();
    await w.until(() => w.record().epoch === 1);
    const { beginEpoch, storeBatch } = await import('../../actions/admissionObject.ts');
    const old = await beginEpoch(stale, 'endwell-system', 'paused');
    await beginEpoch(w.api.client(), 'endwell-system', 'new');
    await expect(
      storeBatch(stale, old, [{ uid: 'uid-1', kind: 'Admit', revision: 0 }]),
    ).rejects.toMatchObject({ name: 'ConflictError' });
    // The operator finds that another epoch began, begins one of its own, and goes on.
    w.submit('a', { queue: 'small' });
    await w.until(() => w.status('a') === 'Running');
    expect(w.record().epoch).toBe(4);
  });

  it('goes on when the object of admission was deleted or can not be written for a while', async () => {
    const w = begin();
    w.queue('small', { maxRunning: 1 });
    w.operator();
    await w.until(() => w.record().epoch === 1);
    w.api.cluster.remove(configMaps, { namespace: 'endwell-system', name: ADMISSION_OBJECT });
    w.submit('a', { queue: 'small' });
    await w.until(() => w.status('a') === 'Running');
    w.api.fault = (write) =>
      write.plural === 'configmaps' ? new ServerError({ message: 'broken', status: 500 }) : undefined;
    w.ends.set('a', 0);
    w.submit('b', { queue: 'small' });
    await w.until(() => w.isOver('a'));
    await w.clock.advance(10_000);
    expect(w.status('b')).not.toContain('Running');
    expect(w.operators[0]?.ready().problems.join()).toMatch(/cannot admit runs/);
    w.api.fault = () => undefined;
    await w.until(() => w.status('b') === 'Running');
  });
});
