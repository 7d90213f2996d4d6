import { omJobs } from '../../../src/actions/resources.ts';
import { LABEL } from '../../../src/core/naming/naming.ts';
import type { OMJob, OMJobSpec } from '../../../src/core/omjob/omJob.ts';
import { createKubeClient } from '../../../src/kube/client/kubeClient.ts';
import { inProcessTransport } from '../../../src/kube/transport/inProcessTransport.ts';
import { type Transport, TransportError } from '../../../src/kube/transport/transport.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import type { Pod } from '../../../src/kubelite/kubelet/pod.ts';
import type { PodScript } from '../../../src/kubelite/kubelet/scripted/podScript.ts';
import { type Kubelite, startKubelite } from '../../../src/kubelite/kubelite.ts';
import { type Operator, startOperator } from '../../../src/operator/startOperator.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { createOperatorMetrics } from '../../../src/telemetry/metrics.ts';
import { chanceOf } from '../../simulation/chance.ts';
import { NAMESPACE } from '../../simulation/plan.ts';
import { preparedCluster } from '../../simulation/preparedCluster.ts';
import { type SimClock, simClock } from '../../simulation/simClock.ts';

const START_MS = Date.UTC(2030, 0, 1);

/** The longest that a scenario may take, of virtual time: four attempts that each run into a limit. */
const PATIENCE_MS = 4 * 3_600_000;

/** Nothing that a test waits for is shorter. */
const LOOK_MS = 2_000;

/** What the pods of a stage do: main, or the exit handler, by attempt. */
export type Scripts = (stage: string, attempt: number) => PodScript;

/** kubelite with a scripted kubelet, and an operator that can be killed, all in virtual time. */
export class OMJobWorld {
  readonly client: KubeClient;
  /** Names of pods that a kubelet took up, in their order. */
  readonly pods: string[] = [];
  scripts: Scripts = () => ({});
  readonly #clock: SimClock;
  readonly #kubelite: Kubelite;
  readonly #operators: Operator[] = [];
  #kill = (): void => {};

  private constructor(clock: SimClock, kubelite: Kubelite) {
    this.#clock = clock;
    this.#kubelite = kubelite;
    this.client = this.#connect(inProcessTransport(kubelite.handler));
  }

  static async begin(): Promise<OMJobWorld> {
    const clock = simClock(START_MS);
    const from = await preparedCluster(START_MS);
    const log = { info() {}, warn() {}, error() {} };
    let world: OMJobWorld | undefined;
    const script = (pod: Pod) => world?.scriptOf(pod) ?? {};
    const { random } = chanceOf(1, 'omjobs');
    const starting = startKubelite({ from, clock, random, log, kubelet: 'scripted', script });
    let kubelite: Kubelite | undefined;
    void starting.then((started) => {
      kubelite = started;
    });
    await clock.run(PATIENCE_MS, () => kubelite !== undefined);
    world = new OMJobWorld(clock, await starting);
    world.startOperator();
    return world;
  }

  scriptOf(pod: Pod): PodScript {
    const { name, labels = {} } = pod.metadata;
    this.pods.push(name);
    return this.scripts(labels[LABEL.stage] ?? '', Number(labels[LABEL.attempt]));
  }

  /** The operator that works is gone without a word; another one takes its place. */
  restartOperator(): void {
    this.#kill();
    this.startOperator();
  }

  startOperator(): void {
    let isDead = false;
    const inner = inProcessTransport(this.#kubelite.handler);
    const mortal: Transport = {
      ...inner,
      send: async (request) => {
        if (isDead) throw new TransportError('the process is gone', { sent: false });
        return inner.send(request);
      },
    };
    this.#kill = () => {
      isDead = true;
    };
    const operator = startOperator({
      client: this.#connect(mortal),
      clock: this.#clock,
      random: () => 0.5,
      settings: { watchNamespace: [], leaseSeconds: 15, pause: false, workers: 2 },
      namespace: 'endwell-system',
      identity: `op-${this.#operators.length}`,
      formerHolder: 'dead',
      log: createLogger({ level: 'error', clock: this.#clock, write: () => {} }),
      metrics: createOperatorMetrics(),
    });
    this.#operators.push(operator);
  }

  /** Lets time go on until the work is done. */
  async during<A>(work: Promise<A>): Promise<A> {
    let isDone = false;
    void work.finally(() => {
      isDone = true;
    });
    await this.#clock.run(this.#clock.monotonic() + PATIENCE_MS, () => isDone);
    return work;
  }

  create(name: string, spec: OMJobSpec): Promise<OMJob> {
    const object = { apiVersion: 'pipelines.openmetadata.org/v1', kind: 'OMJob' } as const;
    const metadata = { name, namespace: NAMESPACE };
    return this.during(this.client.create(omJobs, { ...object, metadata, spec }));
  }

  delete(name: string): Promise<unknown> {
    return this.during(this.client.delete(omJobs, { namespace: NAMESPACE, name }));
  }

  /** The OMJob as it is once `holds` is true; undefined stands for one that is gone. */
  async when(name: string, holds: (job: OMJob | undefined) => boolean): Promise<OMJob | undefined> {
    const look = async () =>
      (await this.client.list(omJobs, { namespace: NAMESPACE })).items.find(
        ({ metadata }) => metadata.name === name,
      );
    const until = this.#clock.monotonic() + PATIENCE_MS;
    for (let job = await this.during(look()); ; job = await this.during(look())) {
      if (holds(job)) return job;
      if (this.#clock.monotonic() > until) throw new Error(`it never came to that: ${JSON.stringify(job)}`);
      await this.#clock.run(this.#clock.monotonic() + LOOK_MS);
    }
  }

  async stop(): Promise<void> {
    await this.during(Promise.all(this.#operators.map((operator) => operator.stop())));
    await this.during(this.#kubelite.stop());
  }

  #connect(transport: Transport): KubeClient {
    return createKubeClient({ transport, clock: this.#clock, random: () => 0.5, userAgent: 'test' });
  }
}
