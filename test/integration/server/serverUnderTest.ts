import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { installCrds } from '../../../src/actions/installCrds.ts';
import { type ApiClient, createApiClient } from '../../../src/contract/client.ts';
import { createKubeClient } from '../../../src/kube/client/kubeClient.ts';
import { namespaces, serviceAccounts } from '../../../src/kube/resources.ts';
import { inProcessTransport } from '../../../src/kube/transport/inProcessTransport.ts';
import { TransportError } from '../../../src/kube/transport/transport.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import { startKubelite } from '../../../src/kubelite/kubelite.ts';
import type { ApiHandler } from '../../../src/kubelite/types.ts';
import { startOperator } from '../../../src/operator/startOperator.ts';
import { systemClock as clock, systemRandom as random } from '../../../src/ports/clock.ts';
import { sendRequest } from '../../../src/ports/sendRequest.ts';
import { type RunningServer, startServer } from '../../../src/server/startServer.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { createOperatorMetrics } from '../../../src/telemetry/metrics.ts';
import { eventually } from '../../support/eventually.ts';

/** Token of the caller that may do what the test says. */
export const TOKEN = 'the-callers-token';

/** What stands between the server and its cluster, as a test sets it. */
export interface Cluster {
  /** The cluster does not answer the server. */
  away: boolean;
  /** Rights that the caller lacks, as `create pods` or `get pods/log`. */
  denied: Set<string>;
}

/** A server over real HTTP, on an embedded cluster. */
export interface ServerUnderTest {
  readonly server: RunningServer;
  readonly api: ApiClient;
  /** Of the cluster, past the server. */
  readonly client: KubeClient;
  readonly cluster: Cluster;
  /** A namespace of its own. */
  namespace(): Promise<string>;
  /** A client of another server on the same cluster: a second replica. */
  replica(): Promise<ApiClient>;
  /** A request with the caller's token, as any HTTP client sends it. */
  send(method: string, path: string, body?: string, headers?: Record<string, string>): Promise<Response>;
}

/** Opens a server for the tests of a file and closes it after them. */
export function useServer(
  operator: 'with operator' | 'without operator',
  pipelines: Readonly<Record<string, unknown>> = {},
): () => ServerUnderTest {
  let opened: (ServerUnderTest & { close(): Promise<void> }) | undefined;
  beforeAll(async () => {
    opened = await open(operator, pipelines);
  });
  afterAll(async () => {
    await opened?.close();
  });
  return () => {
    if (opened === undefined) throw new Error('reading the server under test: it is not open');
    return opened;
  };
}

async function open(
  withOperator: string,
  pipelineSettings: Readonly<Record<string, unknown>>,
): Promise<ServerUnderTest & { close(): Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'endwell-server-'));
  const log = createLogger({ level: 'silent', clock });
  const kubelite = await startKubelite({ dataDir, clock, random, log, kubelet: 'process' });
  const cluster: Cluster = { away: false, denied: new Set() };
  const connect = (handler: ApiHandler) =>
    createKubeClient({ transport: inProcessTransport(handler), clock, random, userAgent: 'endwell-test' });
  const client = connect(kubelite.handler);
  const serverClient = connect(guarded(kubelite.handler, cluster));
  await installCrds(client);
  const operator = withOperator === 'with operator' ? startTestOperator(client) : undefined;
  const servers: RunningServer[] = [];
  const server = await startReplica();
  return {
    server,
    client,
    cluster,
    api: apiOf(server),
    namespace: () => newNamespace(client),
    replica: async () => apiOf(await startReplica()),
    send: (method, path, body, headers = {}) =>
      fetch(`${server.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body }),
      }),
    async close() {
      await Promise.all(servers.map((each) => each.stop()));
      await operator?.stop();
      await serverClient.close();
      await client.close();
      await kubelite.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };

  async function startReplica(): Promise<RunningServer> {
    const started = await startServer({
      client: serverClient,
      clock,
      random,
      log,
      settings: {
        host: '127.0.0.1',
        port: 0,
        healthHost: '127.0.0.1',
        healthPort: 0,
        // An answer rests on the leader's word; how busy the machine is must not change it.
        acceptSeconds: operator === undefined ? 2 : 60,
      },
      operatorNamespace: 'endwell-system',
      auth: { kind: 'cluster' },
      pipelines: { values: pipelineSettings },
      version: '0.0.0',
    });
    servers.push(started);
    await started.whenReady();
    return started;
  }

  function startTestOperator(ofOperator: KubeClient) {
    return startOperator({
      client: ofOperator,
      clock,
      random,
      settings: { watchNamespace: [], leaseSeconds: 15, pause: false, workers: 4 },
      namespace: 'endwell-system',
      identity: 'test',
      log,
      metrics: createOperatorMetrics(),
    });
  }
}

function apiOf(server: RunningServer): ApiClient {
  return createApiClient({ baseUrl: server.url, token: TOKEN, send: sendRequest });
}

/** The cluster with an RBAC of the test's own: kubelite itself allows everything to everybody. */
function guarded(handler: ApiHandler, cluster: Cluster): ApiHandler {
  return async (request) => {
    if (cluster.away) throw new TransportError('connect ECONNREFUSED', { sent: false });
    if (request.path.includes('/tokenreviews'))
      return reviewed(request.body, (spec) => ({
        authenticated: spec['token'] === TOKEN,
        ...(spec['token'] === TOKEN ? { user: { username: 'ada', groups: ['data'] } } : {}),
      }));
    if (request.path.includes('/subjectaccessreviews'))
      return reviewed(request.body, (spec) => ({
        allowed: !cluster.denied.has(wordsOf(spec['resourceAttributes'])),
      }));
    return handler(request);
  };
}

function wordsOf(attributes: unknown): string {
  const { verb, resource, subresource } = attributes as Record<string, string>;
  return `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
}

function reviewed(body: string | undefined, judge: (spec: Record<string, unknown>) => object) {
  const review = JSON.parse(body ?? '{}') as { spec: Record<string, unknown> };
  async function* answer() {
    yield Buffer.from(JSON.stringify({ ...review, status: judge(review.spec) }));
  }
  return { status: 201, headers: { 'content-type': 'application/json' }, body: answer() };
}

async function newNamespace(client: KubeClient): Promise<string> {
  const { metadata } = await client.create(namespaces, { metadata: { generateName: 'test-' } });
  const name = metadata?.name ?? '';
  await eventually(
    () => client.get(serviceAccounts, { namespace: name, name: 'default' }).catch(() => undefined),
    'the default service account',
  );
  return name;
}

/** Body of `POST /runs` whose main runs a shell script. */
export function shellRun(name: string | undefined, script: string, exitScript?: string) {
  const pod = (command: string) => ({
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: 'busybox:1', command: ['/bin/sh', '-c', command] }],
    },
  });
  return {
    metadata: name === undefined ? { generateName: 'run-' } : { name },
    spec: { main: pod(script), ...(exitScript === undefined ? {} : { exitHandler: pod(exitScript) }) },
  };
}
