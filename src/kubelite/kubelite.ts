import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import type { Clock, Random } from '../ports/clock.ts';
import { startCrdController } from './controllers/crdController.ts';
import { startGarbageCollector } from './controllers/garbageCollector.ts';
import { startNamespaceController } from './controllers/namespaceController.ts';
import { createApiHandler } from './http/handler.ts';
import { type Authenticate, authenticator } from './http/identity.ts';
import { listenTls } from './http/server.ts';
import type { ScriptOf } from './kubelet/scripted/podScript.ts';
import { startNode } from './node.ts';
import { Catalogue } from './registry/catalogue.ts';
import type { Core } from './registry/core.ts';
import { createRegistry } from './registry/registry.ts';
import { Store, type StoreState } from './registry/store.ts';
import { builtinSchemas } from './schema/builtinSchemas.ts';
import { ApiStatusError } from './status.ts';
import { openDurableStorage } from './storage/durable.ts';
import { memoryStorage } from './storage/memory.ts';
import { type Credentials, loadCredentials } from './tls/credentials.ts';
import { tokenSigner } from './tls/serviceAccountTokens.ts';
import type { ApiHandler, KubeliteLog, PodLogSource, Registry } from './types.ts';

/** How kubelite is started. */
export interface KubeliteOptions {
  /** Everything is kept there, on disk before it is answered. Without it all is in memory and gone at the end. */
  readonly dataDir?: string;
  /** What is there from the start; for a kubelite without `dataDir`. */
  readonly from?: KubeliteState;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: KubeliteLog;
  /** What runs pods: processes of this machine (needs `dataDir`), a script in the clock's time, or nothing. */
  readonly kubelet: 'process' | 'scripted' | 'none';
  /** What pods of the scripted kubelet do; default: what their annotations say. */
  readonly script?: ScriptOf;
  /** Default: `kubelite`. */
  readonly nodeName?: string;
  /** With `kubelet: 'none'`: where logs come from, of pods that others run. */
  readonly logs?: PodLogSource;
}

/** Where it listens. */
export interface KubeliteListener {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
}

/** All that a kubelite holds at one moment: others can begin with it, at no cost and without touching each other. */
export interface KubeliteState {
  readonly store: StoreState;
  readonly credentials: Credentials;
}

/** An embedded Kubernetes API with its controllers, scheduler and kubelet. */
export interface Kubelite {
  /** The API without a socket; it trusts its caller. */
  readonly handler: ApiHandler;
  readonly registry: Registry;
  /** The bearer token that may do everything. */
  readonly token: string;
  /** Serves the API over TLS on loopback; port 0 takes a free one. Once only. */
  listen(port: number): Promise<KubeliteListener>;
  /** A kubeconfig (JSON, which is YAML) for the address that it listens on. Throws before `listen`. */
  kubeconfig(): string;
  /** Forgets the history of all watches, as a compaction of etcd does. */
  compact(): void;
  /** What it holds now. */
  state(): KubeliteState;
  /** Ends watches, controllers and the storage. Containers of the process kubelet go on. */
  stop(): Promise<void>;
}

const DEFAULT_NODE = 'kubelite';

type Stop = () => Promise<void> | void;

/**
 * Starts kubelite. Resolves when the API answers and the namespaces that every cluster has are there. Rejects with a
 * `DataFolder…Error` when the data folder can't be used.
 */
export async function startKubelite(options: KubeliteOptions): Promise<Kubelite> {
  if (options.kubelet === 'process' && options.dataDir === undefined) {
    throw new Error('starting kubelite: the process kubelet needs a data folder (dataDir)');
  }
  if (options.from !== undefined && options.dataDir !== undefined) {
    throw new Error('starting kubelite: a data folder (dataDir) has a state of its own; give one of both');
  }
  const stops: Stop[] = [];
  try {
    return await start(options, stops);
  } catch (error) {
    await stopAll(stops);
    throw error;
  }
}

async function start(options: KubeliteOptions, stops: Stop[]): Promise<Kubelite> {
  const { clock, random, log, dataDir } = options;
  const core = await openCore(options, stops);
  const credentials = options.from?.credentials ?? (await loadCredentials(dataDir, clock.now()));
  const registry = createRegistry(core);
  const signer = tokenSigner(credentials.accountKey, clock, random);
  const authenticate = authenticator(core, signer, credentials.token);
  const stopping = new AbortController();
  // Every open watch listens; there is no leak that a limit could show.
  setMaxListeners(0, stopping.signal);
  let logs: PodLogSource = NO_LOGS;
  let missing: string | undefined = 'controllers are starting';
  const handler = createApiHandler({
    core,
    logs: { openLog: (request) => logs.openLog(request) },
    signer,
    authenticate,
    stopping: stopping.signal,
    notReady: () => missing,
  });
  const crds = startCrdController(core, log);
  stops.push(() => crds.stop());
  const garbage = startGarbageCollector(core, log);
  stops.push(() => garbage.stop());
  const namespaces = await startNamespaceController(core, log);
  stops.push(() => namespaces.stop());
  const nodeName = options.nodeName ?? DEFAULT_NODE;
  const node = await startNode({ ...options, registry, signer, nodeName });
  if (node) stops.push(() => node.stop());
  logs = node?.logs ?? options.logs ?? NO_LOGS;
  missing = undefined;
  stops.push(() => stopping.abort());
  return running({ core, registry, handler, credentials, authenticate, log, stops });
}

async function openCore(options: KubeliteOptions, stops: Stop[]): Promise<Core> {
  const { dataDir, from, clock, random, log } = options;
  const storage = dataDir === undefined ? memoryStorage() : await openDurableStorage(join(dataDir, 'store'));
  stops.push(() => storage.close());
  const onListenerError = (error: unknown) => log.error('handling a change failed', { error: String(error) });
  const store = await Store.open({
    storage,
    clock,
    onListenerError,
    ...(from ? { initial: from.store } : {}),
  });
  stops.pop();
  stops.push(() => store.close());
  const catalogue = new Catalogue();
  for (const schema of builtinSchemas()) catalogue.serve([schema], schema.info.version, 'builtIn');
  return { store, catalogue, clock, random };
}

interface Running {
  readonly core: Core;
  readonly registry: Registry;
  readonly handler: ApiHandler;
  readonly credentials: Credentials;
  readonly authenticate: Authenticate;
  readonly log: KubeliteLog;
  readonly stops: Stop[];
}

function running({ core, registry, handler, credentials, authenticate, log, stops }: Running): Kubelite {
  const { caPem, token } = credentials;
  let url: string | undefined;
  return {
    handler,
    registry,
    token,
    async listen(port) {
      if (url !== undefined) throw new Error(`listening: kubelite listens already, on ${url}`);
      const server = await listenTls({ handler, credentials, authenticate, log }, port);
      stops.push(() => server.close());
      url = `https://127.0.0.1:${server.port}`;
      return { url, caPem, token };
    },
    kubeconfig() {
      if (url === undefined) throw new Error('making a kubeconfig: kubelite does not listen yet');
      return kubeconfigOf({ url, caPem, token });
    },
    compact: () => core.store.compact(),
    state: () => ({ store: core.store.state(), credentials }),
    stop: () => stopAll(stops),
  };
}

/** In the reverse order of their start; the first error is thrown when all have been stopped. */
async function stopAll(stops: Stop[]): Promise<void> {
  const errors: unknown[] = [];
  for (const stop of stops.splice(0).reverse()) {
    try {
      await stop();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

function kubeconfigOf({ url, caPem, token }: KubeliteListener): string {
  const name = 'kubelite';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [
      { name, cluster: { server: url, 'certificate-authority-data': Buffer.from(caPem).toString('base64') } },
    ],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

const NO_LOGS: PodLogSource = {
  async openLog({ pod }) {
    const message = `reading the log of pod ${pod}: no kubelet runs here, so there are no logs`;
    throw new ApiStatusError(404, 'NotFound', message, {});
  },
};
