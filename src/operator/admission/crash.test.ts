import { afterEach, describe, expect, it } from 'vitest';
import { queues, runs } from '../../actions/resources.ts';
import { FakeApi, type FaultMoment } from '../../actions/testing/fakeApi.ts';
import { FINALIZER, LABEL } from '../../core/naming/naming.ts';
import type { RunSpec } from '../../core/run/run.ts';
import { AbortedError } from '../../kube/errors.ts';
import { namespaces, pods } from '../../kube/resources.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { createOperatorMetrics } from '../../telemetry/metrics.ts';
import { type Operator, startOperator } from '../startOperator.ts';

const main = { spec: { containers: [{ name: 'main', image: 'busybox', command: ['true'] }] } };
const AT_ONCE = 2;
const RUNS = 5;

/** Five runs of a queue that lets two run at once, two of them with one key, and a leader that dies at a write. */
class Crash {
  readonly clock = virtualClock(Date.parse('2026-01-01T00:00:00Z'));
  readonly api = new FakeApi(this.clock);
  readonly operators: Operator[] = [];
  mostRunning = 0;
  mostOfKey = 0;
  isDead = false;

  constructor(atWrite: number, moment: FaultMoment) {
    this.api.cluster.put(namespaces, { metadata: { name: 'default' }, status: { phase: 'Active' } });
    this.api.cluster.put(queues, {
      apiVersion: 'endwell.dev/v1',
      kind: 'Queue',
      metadata: { name: 'small', namespace: 'default' },
      spec: { maxRunning: AT_ONCE },
    });
    // A pod runs for the second in which others could wrongly join it.
    this.api.script = (pod) => {
      const startedAt = pod.status?.containerStatuses?.[0]?.state?.running?.startedAt;
      return this.clock.now() - Date.parse(startedAt ?? '') >= 1_000 ? 0 : undefined;
    };
    let writes = 0;
    this.api.fault = (write, when) => {
      if (write.plural === 'events' || write.plural === 'leases' || when !== moment) return undefined;
      writes += 1;
      if (writes !== atWrite) return undefined;
      this.isDead = true;
      return moment === 'before' ? new AbortedError({ message: 'the process is gone' }) : undefined;
    };
  }

  operator(isDead: () => boolean): void {
    this.operators.push(
      startOperator({
        client: this.api.client(isDead),
        clock: this.clock,
        random: () => 0.5,
        settings: { watchNamespace: [], leaseSeconds: 15, pause: false, workers: 4 },
        namespace: 'endwell-system',
        identity: `op-${this.operators.length}`,
        log: createLogger({ level: 'error', clock: this.clock, write: () => {} }),
        metrics: createOperatorMetrics(),
      }),
    );
  }

  submit(): void {
    for (let n = 0; n < RUNS; n += 1) {
      const metadata = {
        name: `r${n}`,
        namespace: 'default',
        finalizers: [FINALIZER.exitOwed],
        generation: 1,
      };
      const spec: RunSpec = { main, queue: 'small', ...(n < 2 ? { dedupe: { key: 'k' } } : {}) };
      this.api.cluster.put(runs, { apiVersion: 'endwell.dev/v1', kind: 'Run', metadata, spec });
    }
  }

  async untilOver(): Promise<void> {
    for (let step = 0; step < 6_000; step += 1) {
      const all = this.api.cluster.objects(runs);
      if (all.every(({ status }) => status?.phase === 'Succeeded')) return;
      await this.clock.advance(100);
      this.api.turn();
      this.#look();
    }
    throw new Error(JSON.stringify(this.api.cluster.objects(runs).map(({ status }) => status)));
  }

  #look(): void {
    const running = this.api.cluster
      .objects(pods)
      .filter(({ status }) => status?.phase === 'Running')
      .map(({ metadata }) => metadata?.labels?.[LABEL.run] ?? '');
    this.mostRunning = Math.max(this.mostRunning, running.length);
    this.mostOfKey = Math.max(
      this.mostOfKey,
      running.filter((name) => name === 'r0' || name === 'r1').length,
    );
  }
}

let crash: Crash;

afterEach(async () => {
  const stopped = Promise.all(crash.operators.map((operator) => operator.stop()));
  await crash.clock.advance(60_000);
  await stopped;
});

describe('a leader that dies', () => {
  const moments = Array.from({ length: 12 }, (_, n) => n + 1).flatMap((write) => [
    [write, 'before'] as const,
    [write, 'after'] as const,
  ]);

  it.each(moments)(
    'at write %i (%s it took effect) leaves no slot and no key to two',
    async (write, moment) => {
      crash = new Crash(write, moment);
      crash.operator(() => crash.isDead);
      crash.submit();
      for (let step = 0; step < 600 && !crash.isDead; step += 1) {
        await crash.clock.advance(100);
        crash.api.turn();
      }
      expect(crash.isDead).toBe(true);
      crash.operator(() => false);
      await crash.untilOver();
      expect(crash.mostRunning).toBe(AT_ONCE);
      expect(crash.mostOfKey).toBe(1);
      const started = crash.api.started.map(({ name }) => name);
      expect(started).toHaveLength(RUNS);
      expect(new Set(started).size).toBe(RUNS);
    },
  );
});
