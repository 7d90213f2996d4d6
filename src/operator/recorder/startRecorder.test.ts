import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { deleteRun } from '../../actions/deleteRun.ts';
import { runs } from '../../actions/resources.ts';
import { FakeApi } from '../../actions/testing/fakeApi.ts';
import { FINALIZER, LABEL } from '../../core/naming/naming.ts';
import type { Run, RunSpec } from '../../core/run/run.ts';
import { namespaces, pods } from '../../kube/resources.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { StoreUnavailable } from '../../store/errors.ts';
import { MemoryHistory } from '../../store/testing/memoryHistory.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { createOperatorMetrics } from '../../telemetry/metrics.ts';
import { type Operator, startOperator } from '../startOperator.ts';

const pod = (name = 'main') => ({ spec: { containers: [{ name, image: 'busybox', command: ['true'] }] } });
const away = new StoreUnavailable('connecting to the database: refused', 'Start it');

/** Takes what is written to it and never answers. */
class SilentHistory extends MemoryHistory {
  isSilent = false;
  isOpened = true;

  override isOpen(): boolean {
    return this.isOpened;
  }

  override async record(rows: Parameters<MemoryHistory['record']>[0]): Promise<void> {
    if (this.isSilent) await new Promise(() => {});
    await super.record(rows);
  }

  override async putEvidence(evidence: Parameters<MemoryHistory['putEvidence']>[0]): Promise<void> {
    if (this.isSilent) await new Promise(() => {});
    await super.putEvidence(evidence);
  }
}

/** An operator with a history, in virtual time. */
class World {
  readonly clock = virtualClock(Date.parse('2026-01-01T00:00:00Z'));
  readonly api = new FakeApi(this.clock);
  readonly history = new SilentHistory();
  readonly lines: string[] = [];
  readonly metrics = createOperatorMetrics();
  readonly operators: Operator[] = [];

  constructor() {
    this.api.cluster.put(namespaces, { metadata: { name: 'default' }, status: { phase: 'Active' } });
  }

  operator(isDead: () => boolean = () => false): Operator {
    const operator = startOperator({
      client: this.api.client(isDead),
      clock: this.clock,
      random: () => 0.5,
      settings: { watchNamespace: [], leaseSeconds: 15, pause: false, workers: 4 },
      namespace: 'endwell-system',
      identity: `op-${this.operators.length}`,
      stores: { history: this.history, logs: undefined, days: 30 },
      log: createLogger({ level: 'debug', clock: this.clock, write: (line) => this.lines.push(line) }),
      metrics: this.metrics,
    });
    this.operators.push(operator);
    return operator;
  }

  submit(name = 'a', spec: RunSpec = { main: pod() }): void {
    this.api.cluster.put(runs, {
      apiVersion: 'endwell.dev/v1',
      kind: 'Run',
      metadata: {
        name,
        namespace: 'default',
        finalizers: [FINALIZER.exitOwed],
        generation: 1,
        creationTimestamp: new Date(this.clock.now()).toISOString(),
      },
      spec,
    });
  }

  run(name = 'a'): Run | undefined {
    return this.api.cluster.objects(runs).find((run) => run.metadata.name === name);
  }

  pods(): Pod[] {
    return this.api.cluster.objects(pods);
  }

  stored(name = 'a') {
    return this.history.getByName('default', name);
  }

  async until<A>(
    read: () => Promise<A | undefined | false> | A | undefined | false,
    seconds = 60,
  ): Promise<A> {
    const failure = this.history.failure;
    for (let step = 0; step < seconds * 20; step += 1) {
      const value = await read();
      if (value !== undefined && value !== false) return value;
      await this.clock.advance(50);
      this.api.turn();
    }
    throw new Error(
      `it never came to that (${failure}): ${JSON.stringify(this.run(), null, 1)}\n${this.lines.slice(-15).join('')}`,
    );
  }

  async untilOver(name = 'a'): Promise<void> {
    await this.until(() => /Succeeded|Failed|Cancelled/.test(this.run(name)?.status?.phase ?? ''));
  }

  async untilStored(name = 'a'): Promise<void> {
    const wanted = () => this.run(name)?.status?.revision;
    await this.until(async () => (await this.stored(name))?.run.status?.revision === wanted());
  }

  async remove(name = 'a'): Promise<void> {
    await deleteRun(this.api.client(), { namespace: 'default', name });
    await this.until(() => this.run(name) === undefined);
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

describe('startRecorder', () => {
  it.each([
    ['that is silent within 2 s', true, 2_000],
    ['that is still being opened at once', false, 50],
  ])('ends over a history %s', async (_, isOpened, limitMs) => {
    const w = begin();
    w.history.isSilent = true;
    w.history.isOpened = isOpened;
    const operator = w.operator();
    w.submit();
    await w.until(() => w.pods().some(({ status }) => status?.phase === 'Succeeded'));
    let isStopped = false;
    void operator.stop().then(() => (isStopped = true));
    await w.clock.advance(limitMs);
    expect(isStopped).toBe(true);
  });

  it('stores every revision of a status, and the run whole', async () => {
    const w = begin();
    w.operator();
    w.submit('a', { main: pod(), exitHandler: pod('exit') });
    await w.untilOver();
    await w.untilStored();
    const stored = await w.until(() => w.stored());
    const rows = await w.history.statusRows(stored.uid);
    expect(rows.map(({ revision }) => revision)).toEqual(rows.map((_, index) => index + 1));
    expect(rows.at(-1)?.status).toEqual(w.run()?.status);
    expect(stored.run.spec).toEqual({ main: pod(), exitHandler: pod('exit') });
  });

  it('stores the evidence of every pod: object, Events, the end of its log', async () => {
    const w = begin();
    w.api.logs.set('a-m1', 'line 1\nline 2\n');
    w.operator();
    w.submit('a', { main: pod(), exitHandler: pod('exit') });
    await w.untilOver();
    const uid = w.run()?.metadata.uid ?? '';
    const evidence = await w.until(async () => {
      const found = await w.history.evidenceOf(uid);
      return found.length === 2 && found.every(({ final }) => final) && found;
    });
    const [main, exit] = evidence;
    expect(main).toMatchObject({ podName: 'a-m1', stage: 'main', attempt: 1, runUID: uid });
    expect(Buffer.from(main?.logs[0]?.tail ?? []).toString()).toBe('line 1\nline 2\n');
    expect(main?.object).toMatchObject({ pod: { status: { phase: 'Succeeded' } } });
    expect(exit?.logs[0]).toMatchObject({
      container: 'exit',
      missing: expect.stringContaining('not found') as string,
    });
  });

  it('keeps the deletion of a run, with its last state and its pods whole', async () => {
    const w = begin();
    w.operator();
    w.submit();
    await w.untilOver();
    await w.remove();
    const stored = await w.until(async () => {
      const found = await w.stored();
      return found?.deletedAt === undefined ? undefined : found;
    });
    expect(stored.run.status?.phase).toBe('Succeeded');
    expect(stored.run.spec.main).toEqual(pod());
  });

  it('goes on without its database, and stores everything once that is back', async () => {
    const w = begin();
    w.history.failure = away;
    const operator = w.operator();
    w.submit('kept');
    w.submit('gone');
    await w.untilOver('kept');
    await w.untilOver('gone');
    await w.remove('gone');
    await w.until(() => operator.ready().warnings.length > 0);
    expect(operator.ready()).toMatchObject({ ready: true, warnings: [expect.stringContaining('refused')] });
    await w.clock.advance(5_000);
    expect(await w.metrics.text()).toMatch(/endwell_history_lag_seconds [1-9]/);
    w.history.failure = undefined;
    await w.untilStored('kept');
    await w.until(async () => (await w.stored('gone'))?.deletedAt);
    expect((await w.stored('gone'))?.run.status?.phase).toBe('Succeeded');
    await w.until(() => operator.ready().warnings.length === 0, 180);
    expect(await w.metrics.text()).toContain('endwell_history_lost_total 0');
  });

  it('stores again what a database that was away has lost meanwhile', async () => {
    const w = begin();
    w.operator();
    w.submit('early');
    await w.untilOver('early');
    await w.untilStored('early');
    await w.history.forget([w.run('early')?.metadata.uid ?? '']);
    w.history.failure = away;
    w.submit('late');
    await w.untilOver('late');
    w.history.failure = undefined;
    await w.untilStored('late');
    await w.untilStored('early');
  });

  it('ends in time though its database never answers', async () => {
    const w = begin();
    w.history.record = () => new Promise(() => {});
    const operator = w.operator();
    w.submit();
    await w.untilOver();
    let isStopped = false;
    void operator.stop().then(() => {
      isStopped = true;
    });
    await w.until(() => isStopped, 20);
  });

  it('finds by itself what happened while nobody recorded', async () => {
    const w = begin();
    let isDead = false;
    w.operator(() => isDead);
    w.submit('ended');
    w.submit('deleted');
    w.history.failure = away;
    await w.untilOver('ended');
    w.history.failure = undefined;
    await w.untilStored('deleted');
    isDead = true;
    const { uid = '', resourceVersion: _, ...metadata } = w.run('deleted')?.metadata ?? {};
    w.api.cluster.remove(runs, { namespace: 'default', name: 'deleted' });
    w.operator();
    await w.untilStored('ended');
    await w.until(async () => (await w.history.get(uid))?.deletedAt, 120);
    expect(metadata.name).toBe('deleted');
    expect((await w.stored('ended'))?.deletedAt).toBeUndefined();
  });

  it('records nothing of a pod that only claims to be of a run in another namespace', async () => {
    const w = begin();
    w.operator();
    w.submit();
    await w.untilOver();
    const labels = { [LABEL.runUid]: w.run()?.metadata.uid ?? '', [LABEL.run]: 'a', [LABEL.stage]: 'main' };
    w.api.cluster.put(pods, {
      metadata: { name: 'liar', namespace: 'other', labels },
      status: { phase: 'Failed' },
    });
    await w.untilStored();
    await w.clock.advance(5_000);
    const evidence = await w.history.evidenceOf(w.run()?.metadata.uid ?? '');
    expect(evidence.map(({ podName }) => podName)).toEqual(['a-m1']);
  });

  it('learns within two hours that a run is gone which nobody saw go, though the cluster has no run at all', async () => {
    const w = begin();
    w.operator();
    w.submit();
    await w.untilOver();
    await w.untilStored();
    const uid = w.run()?.metadata.uid ?? '';
    await Promise.all([w.operators[0]?.stop(), w.clock.advance(5_000)]);
    w.api.cluster.remove(runs, { namespace: 'default', name: 'a' });
    expect((await w.history.get(uid))?.deletedAt).toBeUndefined();
    w.operator();
    await w.clock.advance(7_200_000);
    expect((await w.history.get(uid))?.deletedAt).toBeDefined();
  });
});
