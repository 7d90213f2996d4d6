import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { expect } from 'vitest';
import { runs } from '../../actions/resources.ts';
import { FakeApi, type FakeWrite } from '../../actions/testing/fakeApi.ts';
import { FINALIZER, LABEL } from '../../core/naming/naming.ts';
import type { Run, RunSpec } from '../../core/run/run.ts';
import { namespaces, pods } from '../../kube/resources.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { createOperatorMetrics } from '../../telemetry/metrics.ts';
import { type Operator, startOperator } from '../startOperator.ts';

const SPEC: RunSpec = {
  main: { spec: { containers: [{ name: 'main', image: 'busybox', command: ['true'] }] } },
};

/** A cluster in virtual time, and operators on it. */
export class OperatorWorld {
  readonly clock = virtualClock(Date.parse('2026-01-01T00:00:00Z'));
  readonly api = new FakeApi(this.clock);
  readonly operators: Operator[] = [];
  readonly lines: string[] = [];
  readonly metrics = createOperatorMetrics();
  #chance = 0;

  constructor() {
    this.api.cluster.put(namespaces, { metadata: { name: 'default' }, status: { phase: 'Active' } });
  }

  operator(isDead: () => boolean = () => false, pause = false): Operator {
    const operator = startOperator({
      client: this.api.client(isDead),
      clock: this.clock,
      random: () => {
        this.#chance = (this.#chance + 0.618) % 1;
        return this.#chance;
      },
      settings: { watchNamespace: [], leaseSeconds: 15, pause, workers: 4 },
      namespace: 'endwell-system',
      identity: `op-${this.operators.length}`,
      log: createLogger({ level: 'debug', clock: this.clock, write: (line) => this.lines.push(line) }),
      metrics: this.metrics,
    });
    this.operators.push(operator);
    return operator;
  }

  submit(name = 'a', of: RunSpec = SPEC, finalizers: string[] = [FINALIZER.exitOwed]): void {
    const metadata = { name, namespace: 'default', finalizers, generation: 1 };
    this.api.cluster.put(runs, { apiVersion: 'endwell.dev/v1', kind: 'Run', metadata, spec: of });
  }

  run(name = 'a'): Run | undefined {
    return this.api.cluster.objects(runs).find((run) => run.metadata.name === name);
  }

  phase(name = 'a'): string {
    return this.run(name)?.status?.phase ?? 'none';
  }

  pods(stage?: string): Pod[] {
    const all = this.api.cluster.objects(pods);
    return stage === undefined ? all : all.filter((one) => one.metadata?.labels?.[LABEL.stage] === stage);
  }

  /** Lets time and the kubelet go on until the condition holds; says what stands when it does not within `seconds`. */
  async until(holds: () => boolean, seconds = 60): Promise<void> {
    for (let step = 0; step < seconds * 20; step += 1) {
      if (holds()) return;
      await this.clock.advance(50);
      this.api.turn();
    }
    const seen = { run: this.run(), pods: this.pods().map((one) => [one.metadata?.name, one.status?.phase]) };
    throw new Error(
      `it never came to that: ${JSON.stringify(seen, null, 1)}\n${this.lines.slice(-15).join('')}`,
    );
  }

  async untilOver(name = 'a', seconds = 60): Promise<void> {
    const over = () => ['Succeeded', 'Failed', 'Cancelled', 'Refused'].includes(this.phase(name));
    await this.until(() => over() && !this.run(name)?.metadata.finalizers?.length, seconds);
  }

  /** Writes that count: all but leases, namespaces, what runs share, and questions. */
  paidWrites(): FakeWrite[] {
    const free = new Set(['leases', 'namespaces', 'controllerrevisions', 'configmaps', 'queues', 'events']);
    return this.api.writes.filter((write) => !free.has(write.plural) && !write.dryRun);
  }

  /** No pod's main container was started twice. */
  startedOnce(): void {
    const names = this.api.started.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  }
}
