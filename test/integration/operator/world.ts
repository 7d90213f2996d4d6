import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { installCrds } from '../../../src/actions/installCrds.ts';
import { runs } from '../../../src/actions/resources.ts';
import { FINALIZER, LABEL } from '../../../src/core/naming/naming.ts';
import type { Run, RunSpec } from '../../../src/core/run/run.ts';
import type { RequestRecord } from '../../../src/kube/client/call.ts';
import { createKubeClient } from '../../../src/kube/client/kubeClient.ts';
import { events, namespaces, nodes, pods } from '../../../src/kube/resources.ts';
import { inProcessTransport } from '../../../src/kube/transport/inProcessTransport.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import { type Kubelite, startKubelite } from '../../../src/kubelite/kubelite.ts';
import { type Operator, type OperatorParts, startOperator } from '../../../src/operator/startOperator.ts';
import { systemClock, systemRandom } from '../../../src/ports/clock.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { createOperatorMetrics } from '../../../src/telemetry/metrics.ts';

/** How long a condition may take to come true: generous, for a machine that does much else. */
const PATIENCE_MS = 30_000;
const LOOK_MS = 10;

/** What the main container of a pod does; undefined: it runs on until it is killed. */
export type Script = (pod: Pod) => number | undefined;

/** kubelite in memory, the operator on it through the real client, and a node that a test drives. */
export interface World {
  readonly client: KubeClient;
  readonly lines: readonly string[];
  /** Requests of the operator that were answered, those of its lease client apart. */
  readonly requests: readonly RequestRecord[];
  readonly started: readonly string[];
  script: Script;
  operator(change?: Partial<OperatorParts>): Operator;
  submit(name: string, spec: RunSpec, finalizers?: string[]): Promise<Run>;
  run(name: string): Promise<Run | undefined>;
  podsOf(name: string): Promise<Pod[]>;
  eventsOf(name: string): Promise<string[]>;
  until<A>(what: string, look: () => Promise<A | undefined | false>): Promise<A>;
  /** The run has ended and is let go. */
  ended(name: string): Promise<Run>;
  stop(): Promise<void>;
}

/** A pod of one container that never pulls anything. */
export const onePod = { spec: { containers: [{ name: 'main', image: 'scripted', command: ['true'] }] } };

/** Starts it all but the operator. */
export async function startWorld(): Promise<World> {
  const lines: string[] = [];
  const log = createLogger({ level: 'debug', clock: systemClock, write: (line) => void lines.push(line) });
  const kubelite = await startKubelite({ clock: systemClock, random: systemRandom, log, kubelet: 'none' });
  const requests: RequestRecord[] = [];
  const client = connect(kubelite);
  await installCrds(client);
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'jobs' } });
  await client.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node' } });
  const body = { status: { conditions: [{ type: 'Ready', status: 'True' }] } };
  await client.patch(nodes, { name: 'node' }, { type: 'merge', body }, { subresource: 'status' });
  const operators: Operator[] = [];
  const node = new TestNode(client);
  const world: World = {
    client,
    lines,
    requests,
    started: node.started,
    script: () => 0,
    operator(change = {}) {
      const operator = startOperator({
        client: connect(kubelite, (record) => requests.push(record)),
        leaseClient: connect(kubelite),
        clock: systemClock,
        random: systemRandom,
        settings: { watchNamespace: [], leaseSeconds: 3, pause: false, workers: 4 },
        namespace: 'endwell-system',
        identity: `operator-${operators.length}`,
        log,
        metrics: createOperatorMetrics(),
        ...change,
      });
      operators.push(operator);
      return operator;
    },
    submit: (name, spec, finalizers = [FINALIZER.exitOwed]) =>
      client.create(runs, {
        apiVersion: 'endwell.dev/v1',
        kind: 'Run',
        metadata: { name, namespace: 'jobs', finalizers },
        spec,
      }),
    run: async (name) =>
      (await client.list(runs, { namespace: 'jobs' })).items.find((run) => run.metadata.name === name),
    podsOf: async (name) =>
      (await client.list(pods, { namespace: 'jobs', labelSelector: `${LABEL.run}=${name}` })).items,
    eventsOf: async (name) =>
      (await client.list(events, { namespace: 'jobs' })).items
        .filter((event) => event.involvedObject.name === name)
        .map((event) => event.reason ?? ''),
    until: async (what, look) => {
      const deadline = systemClock.monotonic() + PATIENCE_MS;
      while (systemClock.monotonic() < deadline) {
        await node.turn((pod) => world.script(pod));
        const found = await look();
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      throw new Error(`it never came to this: ${what}\n${lines.slice(-12).join('').slice(0, 8_000)}`);
    },
    ended: (name) =>
      world.until(`run ${name} has ended`, async () => {
        const run = await world.run(name);
        const over = ['Succeeded', 'Failed', 'Cancelled', 'Refused'].includes(run?.status?.phase ?? '');
        return over && (run?.status?.phase === 'Refused' || !run?.metadata.finalizers?.length) && run;
      }),
    async stop() {
      await Promise.all(operators.map((operator) => operator.stop()));
      await client.close();
      await kubelite.stop();
    },
  };
  return world;
}

function connect(kubelite: Kubelite, onRequest?: (record: RequestRecord) => void): KubeClient {
  return createKubeClient({
    transport: inProcessTransport(kubelite.handler),
    clock: systemClock,
    random: systemRandom,
    userAgent: 'endwell-test',
    ...(onRequest ? { onRequest } : {}),
  });
}

/** Scheduler and kubelet in one, a step at a time: binds, starts, ends and removes pods as their script says. */
class TestNode {
  readonly started: string[] = [];
  readonly #client: KubeClient;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  async turn(script: Script): Promise<void> {
    for (const pod of (await this.#client.list(pods, { namespace: 'jobs' })).items) {
      await this.#live(pod, script).catch((error: unknown) => {
        // Somebody else was first, as happens to a kubelet too: the next turn sees it.
        if (!/NotFound|Conflict/.test((error as Error).name)) throw error;
      });
    }
  }

  async #live(pod: Pod, script: Script): Promise<void> {
    const { phase } = pod.status ?? {};
    const going = pod.metadata?.deletionTimestamp !== undefined;
    if (phase === 'Succeeded' || phase === 'Failed') {
      if (going) await this.#remove(pod);
    } else if (phase === 'Running') {
      const code = going ? 143 : script(pod);
      if (code !== undefined) await this.#setStatus(pod, code === 0 ? 'Succeeded' : 'Failed', code);
    } else if (!going && !pod.spec?.schedulingGates?.length) await this.#start(pod);
  }

  async #start(pod: Pod): Promise<void> {
    const { namespace = '', name = '' } = pod.metadata ?? {};
    const target = { apiVersion: 'v1', kind: 'Node', name: 'node' };
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { namespace, name }, target };
    if (!pod.spec?.nodeName)
      await this.#client.createSubresource(pods, { namespace, name }, 'binding', binding);
    this.started.push(name);
    await this.#setStatus(pod, 'Running');
  }

  async #setStatus(pod: Pod, phase: string, exitCode?: number): Promise<void> {
    const { namespace = '', name = '' } = pod.metadata ?? {};
    const now = new Date().toISOString().replace(/\.\d+/, '');
    const startedAt = pod.status?.containerStatuses?.[0]?.state?.running?.startedAt ?? now;
    const state =
      exitCode === undefined
        ? { running: { startedAt } }
        : {
            terminated: {
              exitCode,
              startedAt,
              finishedAt: now,
              reason: exitCode === 0 ? 'Completed' : 'Error',
            },
          };
    const container = {
      name: 'main',
      image: 'scripted',
      imageID: '',
      ready: exitCode === undefined,
      restartCount: 0,
      state,
    };
    const body = { status: { phase, containerStatuses: [container] } };
    await this.#client.patch(pods, { namespace, name }, { type: 'merge', body }, { subresource: 'status' });
  }

  async #remove(pod: Pod): Promise<void> {
    const { namespace = '', name = '' } = pod.metadata ?? {};
    await this.#client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0 });
  }
}
