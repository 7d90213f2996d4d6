import { afterEach, describe, expect, it } from 'vitest';
import { queues, runs, schedules } from '../../../src/actions/resources.ts';
import { slotRunName } from '../../../src/core/naming/scheduleNames.ts';
import { createKubeClient } from '../../../src/kube/client/kubeClient.ts';
import { inProcessTransport } from '../../../src/kube/transport/inProcessTransport.ts';
import { type Transport, TransportError } from '../../../src/kube/transport/transport.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import { type Kubelite, startKubelite } from '../../../src/kubelite/kubelite.ts';
import { type Operator, startOperator } from '../../../src/operator/startOperator.ts';
import { sleep } from '../../../src/ports/clock.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { createOperatorMetrics } from '../../../src/telemetry/metrics.ts';
import { chanceOf } from '../../simulation/chance.ts';
import { NAMESPACE } from '../../simulation/plan.ts';
import { preparedCluster } from '../../simulation/preparedCluster.ts';
import { type SimClock, simClock } from '../../simulation/simClock.ts';

const SLOT = Date.UTC(2030, 0, 1, 1);
/** Time enough for a leader to have seen them all, and for the other one to stand by. */
const START_MS = SLOT - 60_000;
const SCHEDULES = 2_000;

/** Fewer are enough to have a leader die among them. */
const FEWER = 100;

/** How long the API server takes to answer, ms of virtual time. */
const ANSWER_MS = 5;

/** Schedules of one hour, and operators that a test kills, all in virtual time. */
class Hour {
  readonly clock: SimClock;
  readonly kubelite: Kubelite;
  readonly client: KubeClient;
  /** How often each run was made. */
  readonly made = new Map<string, number>();
  readonly #stops: (() => Promise<void>)[] = [];

  constructor(clock: SimClock, kubelite: Kubelite) {
    this.clock = clock;
    this.kubelite = kubelite;
    this.client = this.#connect(inProcessTransport(kubelite.handler));
  }

  static async begin(schedules: number): Promise<Hour> {
    const clock = simClock(START_MS);
    const log = { info() {}, warn() {}, error() {} };
    const from = await preparedCluster(START_MS);
    const { random } = chanceOf(1, 'hour');
    const hour = new Hour(clock, await startKubelite({ from, clock, random, log, kubelet: 'none' }));
    await hour.during(hour.#declare(schedules));
    return hour;
  }

  /** Lets time go on until the work is done. */
  async during<A>(work: Promise<A>): Promise<A> {
    let isDone = false;
    void work.finally(() => {
      isDone = true;
    });
    await this.clock.run(this.clock.monotonic() + 600_000, () => isDone);
    return work;
  }

  /** Lets time go on until then, ms since the epoch. */
  goTo(at: number): Promise<void> {
    return this.clock.run(at - START_MS);
  }

  /** Lets time go on until that is so. */
  async until(isSo: (hour: Hour) => boolean): Promise<void> {
    await this.clock.run(this.clock.monotonic() + 600_000, () => isSo(this));
  }

  operator(): { readonly operator: Operator; die(): void } {
    const inner = inProcessTransport(this.kubelite.handler);
    let isDead = false;
    const slow: Transport = {
      ...inner,
      send: async (request) => {
        if (isDead) throw new TransportError('the process is gone', { sent: false });
        await sleep(this.clock, ANSWER_MS);
        const answer = await inner.send(request);
        if (request.method === 'POST' && /\/runs(\?|$)/.test(request.path) && answer.status === 201) {
          const { metadata } = JSON.parse(request.body as string) as { metadata: { name: string } };
          this.made.set(metadata.name, (this.made.get(metadata.name) ?? 0) + 1);
        }
        if (isDead) throw new TransportError('the process is gone', { sent: true });
        return answer;
      },
    };
    const random = chanceOf(this.#stops.length, 'operator').random;
    const operator = startOperator({
      client: this.#connect(slow),
      clock: this.clock,
      random,
      // One worker for the runs: this is about schedules.
      settings: { watchNamespace: [], leaseSeconds: 15, pause: false, workers: 1 },
      namespace: 'endwell-system',
      identity: `op-${this.#stops.length}`,
      log: createLogger({ level: 'error', clock: this.clock, write: () => {} }),
      metrics: createOperatorMetrics(),
    });
    this.#stops.push(() => operator.stop());
    return {
      operator,
      die: () => {
        isDead = true;
      },
    };
  }

  /** Names of all runs that there are. */
  async runs(): Promise<string[]> {
    const { items } = await this.during(this.client.listAll(runs, { namespace: NAMESPACE }));
    return items.map(({ metadata }) => metadata.name ?? '').sort();
  }

  async stop(): Promise<void> {
    await this.during(Promise.all(this.#stops.map((stop) => stop())));
    await this.during(this.kubelite.stop());
  }

  #connect(transport: Transport): KubeClient {
    return createKubeClient({ transport, clock: this.clock, random: () => 0.5, userAgent: 'test' });
  }

  async #declare(count: number): Promise<void> {
    const apiVersion = 'endwell.dev/v1';
    // What is made waits: this is about schedules.
    const stopped = { metadata: { namespace: NAMESPACE, name: 'stopped' }, spec: { maxRunning: 0 } };
    await this.client.create(queues, { apiVersion, kind: 'Queue', ...stopped });
    const main = { spec: { containers: [{ name: 'main', image: 'scripted', command: ['true'] }] } };
    const spec = { cron: '0 * * * *', run: { spec: { queue: 'stopped', main } } };
    for (let index = 0; index < count; index += 1) {
      const metadata = { namespace: NAMESPACE, name: `s${index}` };
      await this.client.create(schedules, { apiVersion, kind: 'Schedule', metadata, spec });
    }
  }
}

/** Names of what so many schedules make at the slot. */
function namesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => slotRunName(`s${index}`, SLOT)).sort();
}

let hour: Hour | undefined;

afterEach(async () => {
  await hour?.stop();
  hour = undefined;
});

describe('schedules of the same minute', { timeout: 300_000 }, () => {
  it('make two thousand runs within five seconds', async () => {
    hour = await Hour.begin(SCHEDULES);
    hour.operator();
    await hour.goTo(SLOT - 1_000);
    expect(await hour.runs()).toEqual([]);
    await hour.until(({ made }) => made.size >= SCHEDULES);
    expect(hour.clock.now()).toBeLessThan(SLOT + 5_000);
    expect(await hour.runs()).toEqual(namesOf(SCHEDULES));
  });

  it('make each run once when the leader dies among them', async () => {
    hour = await Hour.begin(FEWER);
    const first = hour.operator();
    await hour.goTo(SLOT - 40_000);
    hour.operator();
    await hour.until(({ made }) => made.size >= FEWER / 4);
    first.die();
    await hour.goTo(SLOT + 10_000);
    expect((await hour.runs()).length).toBeLessThan(FEWER);
    await hour.goTo(SLOT + 60_000);
    expect(await hour.runs()).toEqual(namesOf(FEWER));
    expect([...hour.made.values()].filter((times) => times !== 1)).toEqual([]);
  });
});
