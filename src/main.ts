#!/usr/bin/env node
/**
 * Composes the processes: the one file that imports them all. Each is loaded only when it is started, so that
 * `endwell --help` reads little more than this.
 */
import { createWriteStream, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { Stores } from './actions/openStores.ts';
import { processContext } from './cli/processContext.ts';
import { runCli } from './cli/runCli.ts';
import type { PodWorld, RunningProcess, RunningUp, Services, UpOptions } from './cli/services.ts';
import { holderIdentity } from './kube/lease/leaseRecord.ts';
import type { ApiHandler } from './kubelite/types.ts';
import { systemClock as clock, systemRandom as random } from './ports/clock.ts';
import type { Logger } from './telemetry/logger.ts';

/** The log may name what users run: for its owner alone. */
const LOG_MODE = 0o600;
const LOOPBACK = '127.0.0.1';
/** A create that was not decided within 2 s is answered as stored. */
const ACCEPT_SECONDS = 2;
/** Namespace of the lease in the embedded cluster. */
const OWN_NAMESPACE = 'endwell-system';
/** The defaults of `endwell operator`; nobody else competes for the lease here. */
const UP_OPERATOR = { watchNamespace: [], leaseSeconds: 15, pause: false, workers: 16 };
/** Namespace of pipelines in the embedded cluster, where no other is named: the one that is there. */
const UP_PIPELINES = { namespace: 'default' };
/** As the default of `endwell operator`. */
const UP_HISTORY_DAYS = 90;

const services: Services = { startUp, startOperator, startServer, reportExit };

process.exitCode = await runCli(processContext(process, services, version()), process.argv.slice(2));

async function startOperator(loaded: Parameters<Services['startOperator']>[0]): Promise<RunningProcess> {
  const { values: settings } = loaded;
  const [{ createLogger }, { createOperatorMetrics }, cluster, operator, health, namespaces, opened] =
    await Promise.all([
      import('./telemetry/logger.ts'),
      import('./telemetry/metrics.ts'),
      openCluster(settings),
      import('./operator/startOperator.ts'),
      import('./operator/healthServer.ts'),
      import('./operator/ownNamespace.ts'),
      configuredStores(settings),
    ]);
  const stores = opened && { history: opened.history, logs: opened.logs, days: settings.historyDays };
  const log = createLogger({ level: settings.logLevel, clock });
  const metrics = createOperatorMetrics();
  const client = cluster.connect('operator', (verb, status, seconds) =>
    metrics.apiRequest(verb, status, seconds),
  );
  const leaseClient = cluster.connect('operator-lease');
  const namespace = namespaces.ownNamespace(settings.operatorNamespace, (path) => readFileSync(path, 'utf8'));
  const identity = holderIdentity(hostname(), process.pid, random);
  const parts = { client, leaseClient, clock, random, settings, namespace, identity, stores, log, metrics };
  return startAll(async (stops) => {
    stops.push(() => Promise.all([client.close(), leaseClient.close(), opened?.close()]).then(() => {}));
    const started = operator.startOperator(parts);
    stops.push(() => started.stop());
    const listener = await health.serveHealth(
      {
        ready: () => started.ready(),
        live: () => started.live(),
        metrics: async () => ({ text: await metrics.text(), contentType: metrics.contentType }),
      },
      { host: settings.healthHost, port: settings.healthPort },
    );
    stops.push(() => listener.close());
    log.info('operator started', { identity, namespace, cluster: cluster.origin, health: listener.url });
    return {};
  });
}

async function startServer(
  loaded: Parameters<Services['startServer']>[0],
  version: string,
): Promise<RunningProcess> {
  const { values: settings } = loaded;
  const [{ createLogger }, cluster, server, { ownNamespace }, stores] = await Promise.all([
    import('./telemetry/logger.ts'),
    openCluster(settings),
    import('./server/startServer.ts'),
    import('./operator/ownNamespace.ts'),
    configuredStores(settings),
  ]);
  const operatorNamespace = ownNamespace(settings.operatorNamespace, (path) => readFileSync(path, 'utf8'));
  const log = createLogger({ level: settings.logLevel, clock });
  const client = cluster.connect('server');
  const auth = { kind: 'cluster' } as const;
  return startAll(async (stops) => {
    stops.push(() => Promise.all([client.close(), stores?.close()]).then(() => {}));
    const started = await server.startServer({
      client,
      clock,
      random,
      log,
      settings,
      operatorNamespace,
      stores,
      auth,
      pipelines: { values: settings, hostName: process.env['HOSTNAME'] },
      version,
    });
    stops.push(() => started.stop());
    log.info('server started', { url: started.url, health: started.healthUrl, cluster: cluster.origin });
    return {};
  });
}

async function reportExit(world: PodWorld) {
  const exit = await import('./agent/exit/exit.ts');
  const connect = async () => (await openCluster({})).connect('agent');
  return exit.reportExit({ ...world, connect, clock, random });
}

/** History as the settings name it; nothing of it is loaded without a database. */
async function configuredStores(settings: {
  readonly databaseUrl?: string | undefined;
  readonly logStore?: string | undefined;
}) {
  if (settings.databaseUrl === undefined) return undefined;
  const { openStores } = await import('./actions/openStores.ts');
  return openStores({ kind: 'postgres', url: settings.databaseUrl }, settings.logStore, process.env);
}

interface ClusterChoice {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** The cluster that the settings name; each `connect` is a client with connections of its own. */
async function openCluster({ kubeconfig, context }: ClusterChoice) {
  const [{ loadKubeconfig }, { undiciTransport }, { createKubeClient }] = await Promise.all([
    import('./kube/config/kubeconfig.ts'),
    import('./kube/transport/undiciTransport.ts'),
    import('./kube/client/kubeClient.ts'),
  ]);
  const access = await loadKubeconfig({ env: process.env, path: kubeconfig, context });
  return {
    origin: access.origin,
    connect: (role: string, count?: (verb: string, status: number | undefined, seconds: number) => void) =>
      createKubeClient({
        transport: undiciTransport(access, { clock, env: process.env }),
        clock,
        random,
        userAgent: `endwell-${role}/${version()}`,
        ...(count === undefined
          ? {}
          : { onRequest: ({ verb, status, ms }) => count(verb, status, ms / 1000) }),
      }),
  };
}

/** kubelite, operator and server in this process; the two reach kubelite without a socket. */
async function startUp(options: UpOptions): Promise<RunningUp> {
  const [{ createLogger }, { startKubelite }] = await Promise.all([
    import('./telemetry/logger.ts'),
    import('./kubelite/kubelite.ts'),
  ]);
  const { dataDir } = options;
  const lines = createWriteStream(join(dataDir, 'endwell.log'), { flags: 'a', mode: LOG_MODE });
  // A full disk is refused where data is stored; a line of the log that is lost stops nothing.
  lines.on('error', () => {});
  const log = createLogger({ level: 'info', clock, write: (line) => void lines.write(line) });
  return startAll(async (stops) => {
    stops.push(() => new Promise<void>((resolve) => lines.end(() => resolve())));
    const kubeliteLog = log.child({ part: 'kubelite' });
    const kubelite = await startKubelite({ dataDir, clock, random, log: kubeliteLog, kubelet: 'process' });
    stops.push(() => kubelite.stop());
    const listener = await kubelite.listen(0);
    const { openStores } = await import('./actions/openStores.ts');
    const folder = join(dataDir, 'history');
    const stores = await openStores({ kind: 'embedded', folder }, join(dataDir, 'logs'), {});
    stops.push(() => stores.close());
    const { url, healthUrl } = await startOnKubelite(
      { handler: kubelite.handler, token: kubelite.token, stores },
      options,
      log,
      stops,
    );
    // No container's limit bounds this process, and V8 would let garbage grow to several times what is in use: to 960 MB
    // instead of 450 while 10,000 ended runs are written to a new history.
    setFlagsFromString('--optimize-for-size');
    return {
      url,
      healthUrl,
      kubernetesUrl: listener.url,
      kubeconfig: kubelite.kubeconfig(),
      token: kubelite.token,
    };
  });
}

/** What to stop, in the order in which it was started. */
type Stops = (() => Promise<void>)[];

/** Starts something of several parts; where one can't start, those that run are stopped, and nothing is left behind. */
async function startAll<T extends object>(start: (stops: Stops) => Promise<T>): Promise<T & RunningProcess> {
  const stops: Stops = [];
  try {
    return { ...(await start(stops)), stop: () => stopAll(stops) };
  } catch (error) {
    await stopAll(stops);
    throw error;
  }
}

async function stopAll(stops: Stops): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop();
}

/** CRDs, operator and server on an embedded Kubernetes API. */
async function startOnKubelite(
  kubelite: { readonly handler: ApiHandler; readonly token: string; readonly stores: Stores },
  { port, version: ours }: UpOptions,
  log: Logger,
  stops: Stops,
): Promise<{ readonly url: string; readonly healthUrl: string }> {
  const [
    { inProcessTransport },
    { createKubeClient },
    { installCrds },
    operator,
    { createOperatorMetrics },
    server,
    { pipelineVariables },
  ] = await Promise.all([
    import('./kube/transport/inProcessTransport.ts'),
    import('./kube/client/kubeClient.ts'),
    import('./actions/installCrds.ts'),
    import('./operator/startOperator.ts'),
    import('./telemetry/metrics.ts'),
    import('./server/startServer.ts'),
    import('./core/settings/pipeline.ts'),
  ]);
  const connect = (role: string) => {
    const transport = inProcessTransport(kubelite.handler);
    const client = createKubeClient({ transport, clock, random, userAgent: `endwell-${role}/${ours}` });
    stops.push(() => client.close());
    return client;
  };
  const client = connect('operator');
  await installCrds(client);
  const started = operator.startOperator({
    client,
    leaseClient: connect('operator-lease'),
    clock,
    random,
    settings: UP_OPERATOR,
    namespace: OWN_NAMESPACE,
    identity: holderIdentity(hostname(), process.pid, random),
    // The folder's lock is ours: a process that was killed can't have left an operator behind.
    formerHolder: 'dead',
    stores: { history: kubelite.stores.history, logs: kubelite.stores.logs, days: UP_HISTORY_DAYS },
    log: log.child({ part: 'operator' }),
    metrics: createOperatorMetrics(),
  });
  stops.push(() => started.stop());
  const running = await server.startServer({
    client: connect('server'),
    clock,
    random,
    log: log.child({ part: 'server' }),
    settings: { host: LOOPBACK, port, healthHost: LOOPBACK, healthPort: 0, acceptSeconds: ACCEPT_SECONDS },
    operatorNamespace: OWN_NAMESPACE,
    stores: kubelite.stores,
    auth: { kind: 'local', token: kubelite.token },
    pipelines: { values: { ...UP_PIPELINES, ...pipelineVariables(process.env) } },
    version: ours,
  });
  stops.push(() => running.stop());
  await running.whenReady();
  return running;
}

/** Of this program: dist/ has a package.json beside the program, the sources have it one folder up. */
function version(): string {
  for (const place of ['./package.json', '../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as { version: string })
        .version;
    } catch {
      // It stands in the other place.
    }
  }
  return 'unknown';
}
