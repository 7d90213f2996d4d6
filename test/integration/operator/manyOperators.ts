import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { installCrds } from '../../../src/actions/installCrds.ts';
import { runs } from '../../../src/actions/resources.ts';
import { FINALIZER, LABEL } from '../../../src/core/naming/naming.ts';
import type { Run, RunSpec } from '../../../src/core/run/run.ts';
import { createKubeClient } from '../../../src/kube/client/kubeClient.ts';
import { namespaces, pods } from '../../../src/kube/resources.ts';
import { inProcessTransport } from '../../../src/kube/transport/inProcessTransport.ts';
import type { Transport } from '../../../src/kube/transport/transport.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import type { ScriptOf } from '../../../src/kubelite/kubelet/scripted/podScript.ts';
import { type Kubelite, startKubelite } from '../../../src/kubelite/kubelite.ts';
import { type Operator, startOperator } from '../../../src/operator/startOperator.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { type VirtualClock, virtualClock } from '../../../src/ports/testing/virtualClock.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { createOperatorMetrics } from '../../../src/telemetry/metrics.ts';
import { TestProcess } from './process.ts';

const LEASE_SECONDS = 15;
const STEP_MS = 250;

/** An operator, and the process it runs in. */
export interface Seat {
  readonly process: TestProcess;
  readonly operator: Operator;
}

/** kubelite with a node that plays, in virtual time, and several operators, each a process of its own. */
export class ManyOperators {
  readonly clock: VirtualClock;
  readonly client: KubeClient;
  readonly seats: Seat[] = [];
  readonly lines: string[] = [];
  /** Every main or exit container that started, as `<pod> <pod UID>`, in order. */
  readonly started: string[] = [];
  /** Every phase that a run was stored with, in order, by its name. */
  readonly phases = new Map<string, string[]>();
  readonly #kubelite: Kubelite;
  readonly #watching = new AbortController();

  private constructor(clock: VirtualClock, kubelite: Kubelite) {
    this.clock = clock;
    this.#kubelite = kubelite;
    this.client = this.#connect(inProcessTransport(kubelite.handler), clock);
  }

  /** Starts the cluster; `script` says what pods do. */
  static async start(script: ScriptOf): Promise<ManyOperators> {
    const clock = virtualClock(Date.UTC(2030, 0, 1));
    const log = { info() {}, warn() {}, error() {} };
    const kubelite = await startKubelite({ clock, random: chance(), log, kubelet: 'scripted', script });
    const many = new ManyOperators(clock, kubelite);
    await many.#prepare();
    return many;
  }

  /** Another operator stands for election. */
  join(): Seat {
    const process = new TestProcess(this.clock);
    const name = `operator-${this.seats.length}`;
    const connect = () =>
      this.#connect(process.through(inProcessTransport(this.#kubelite.handler)), process.clock);
    const operator = startOperator({
      client: connect(),
      leaseClient: connect(),
      clock: process.clock,
      random: chance(),
      settings: { watchNamespace: [], leaseSeconds: LEASE_SECONDS, pause: false, workers: 4 },
      namespace: 'endwell-system',
      identity: name,
      log: createLogger({
        level: 'debug',
        clock: process.clock,
        write: (line) => void this.lines.push(`${name} ${line}`),
      }),
      metrics: createOperatorMetrics(),
    });
    const seat = { process, operator };
    this.seats.push(seat);
    return seat;
  }

  /** The seat that leads; undefined while none does. Throws when two do. */
  leader(): Seat | undefined {
    const leaders = this.seats.filter(({ operator }) => operator.ready().role === 'leader');
    if (leaders.length > 1) throw new Error('two operators lead at once');
    return leaders[0];
  }

  submit(name: string, spec: RunSpec): Promise<Run> {
    return this.client.create(runs, {
      apiVersion: 'endwell.dev/v1',
      kind: 'Run',
      metadata: { name, namespace: 'jobs', finalizers: [FINALIZER.exitOwed] },
      spec,
    });
  }

  async run(name: string): Promise<Run | undefined> {
    return (await this.client.list(runs, { namespace: 'jobs' })).items.find(
      (run) => run.metadata.name === name,
    );
  }

  async pods(): Promise<Pod[]> {
    return (await this.client.list(pods, { namespace: 'jobs' })).items;
  }

  /** Lets time go on until the condition holds; throws when it does not within `seconds`. */
  async until<A>(
    what: string,
    look: () => Promise<A | undefined | false> | A | undefined | false,
    seconds = 300,
  ): Promise<A> {
    for (let ms = 0; ms <= seconds * 1000; ms += STEP_MS) {
      const found = await look();
      if (found) return found;
      await this.clock.advance(STEP_MS);
    }
    throw new Error(`it never came to this: ${what}\n${this.lines.slice(-12).join('').slice(0, 9_000)}`);
  }

  /** The run has ended and is let go. */
  ended(name: string): Promise<Run> {
    return this.until(`run ${name} has ended`, async () => {
      const run = await this.run(name);
      const isOver = ['Succeeded', 'Failed', 'Cancelled', 'Refused'].includes(run?.status?.phase ?? '');
      return isOver && !run?.metadata.finalizers?.length && run;
    });
  }

  async stop(): Promise<void> {
    const stopped = Promise.all(
      this.seats.map(({ process, operator }) => {
        process.deliver();
        process.resume();
        return operator.stop();
      }),
    );
    await this.clock.advance(60_000);
    await stopped;
    this.#watching.abort();
    await this.#kubelite.stop();
  }

  async #prepare(): Promise<void> {
    const installing = installCrds(this.client);
    await this.clock.advance(1_000);
    await installing;
    await this.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'jobs' } });
    void this.#watchStarts().catch(() => {});
    void this.#watchPhases().catch(() => {});
    await this.clock.advance(1_000);
  }

  async #watchStarts(): Promise<void> {
    const seen = new Set<string>();
    const options = { labelSelector: LABEL.runUid, signal: this.#watching.signal };
    for await (const event of this.client.watch(pods, options)) {
      if (event.type === 'BOOKMARK') continue;
      const { name, uid } = event.object.metadata ?? {};
      const state = event.object.status?.containerStatuses?.[0]?.state;
      const key = `${name} ${uid}`;
      if ((state?.running ?? state?.terminated?.startedAt) === undefined || seen.has(key)) continue;
      seen.add(key);
      this.started.push(key);
    }
  }

  async #watchPhases(): Promise<void> {
    for await (const event of this.client.watch(runs, { signal: this.#watching.signal })) {
      if (event.type === 'BOOKMARK') continue;
      const { metadata, status } = event.object;
      const phases = this.phases.get(metadata.name ?? '') ?? [];
      if (status && phases.at(-1) !== status.phase) phases.push(status.phase);
      this.phases.set(metadata.name ?? '', phases);
    }
  }

  #connect(transport: Transport, clock: Clock): KubeClient {
    return createKubeClient({ transport, clock, random: chance(), userAgent: 'endwell-test' });
  }
}

/** The same in each run of the test. */
function chance(): () => number {
  let last = 0;
  return () => {
    last = (last + 0.618_034) % 1;
    return last;
  };
}
