import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../../support/freePorts.ts';
import { type ApiClient, apiClient } from './apiClient.ts';
import type { Processes } from './processes.ts';
import type { Programs } from './programs.ts';
import { until } from './until.ts';

/** Where the runs of every system are. */
export const NAMESPACE = 'peers';

/** Where a system itself lives. */
export const SYSTEM_NAMESPACE = 'peers-system';

/** Enough that the scheduler has a choice; each has room for every pod. */
const NODES = 10;

const START_SECONDS = 120;

/** Rates and syncs of kube-controller-manager: what it has by its own defaults, and where they no longer bind. */
const CONTROLLER_PROFILES = {
  default: { qps: 20, burst: 30, syncs: 5 },
  tuned: { qps: 500, burst: 1000, syncs: 32 },
} as const;

/** Name of a profile of kube-controller-manager. */
export type ControllerProfile = keyof typeof CONTROLLER_PROFILES;

/** `audited`: every write is in the audit log, which costs the API server time; figures of time are taken without. */
export type Audit = 'audited' | 'not audited';

/**
 * A user, by token. The names are those of real clusters, for API priority and fairness goes by them; `system` is the
 * system that is measured.
 */
const USERS = {
  admin: 'admin,admin,"system:masters"',
  kcm: 'system:kube-controller-manager,kcm,"peers:admins"',
  scheduler: 'system:kube-scheduler,scheduler,"peers:admins"',
  kwok: 'system:node:kwok,kwok,"system:nodes,peers:admins"',
  system: `system:serviceaccount:${SYSTEM_NAMESPACE}:system,system,"system:serviceaccounts,system:serviceaccounts:${SYSTEM_NAMESPACE},peers:admins"`,
  client: 'client,client,"peers:admins"',
} as const;

/** etcd, kube-apiserver, kube-controller-manager, kube-scheduler and fake nodes on loopback. */
export interface ControlPlane {
  readonly folder: string;
  readonly processes: Processes;
  readonly client: ApiClient;
  /** Path of the kubeconfig of a user. */
  kubeconfig(user: keyof typeof USERS): string;
  kubectl(args: readonly string[], input?: string): string;
  /** Starts kube-controller-manager anew with other rates. */
  useControllerProfile(profile: ControllerProfile): Promise<void>;
  /** Bytes of the audit log so far. */
  auditBytes(): number;
  /** The audit log from a byte on. */
  auditLog(from: number): string;
}

/** Starts one whose files are in `folder`; it ends with `processes`. */
export async function startControlPlane(
  folder: string,
  processes: Processes,
  programs: Programs,
  audit: Audit,
): Promise<ControlPlane> {
  const pki = join(folder, 'pki');
  mkdirSync(pki, { recursive: true });
  writeKeys(pki);
  const [api = 0, etcd = 0, etcdPeer = 0, kcm = 0, scheduler = 0, kwok = 0] = await freePorts(6);
  for (const user of Object.keys(USERS)) writeKubeconfig(folder, user, api);
  const auditPath = join(folder, 'audit.log');
  const kubeconfig = (user: string) => join(folder, `${user}.kubeconfig`);
  const kubernetes = (name: string, program: string, args: readonly string[]) =>
    processes.start(name, programs.kubernetes, [program, ...args]);
  const kubectl = (args: readonly string[], input = '') =>
    execFileSync(programs.kubernetes, ['kubectl', '--kubeconfig', kubeconfig('admin'), ...args], {
      encoding: 'utf8',
      input,
      stdio: ['pipe', 'pipe', 'pipe'],
    });

  kubernetes('etcd', 'etcd', etcdFlags(folder, etcd, etcdPeer));
  kubernetes('apiserver', 'kube-apiserver', [
    ...apiserverFlags(pki, api, etcd),
    ...(audit === 'audited' ? auditFlags(auditPath) : []),
  ]);
  const client = await firstAnswer(processes, pki, api);
  const startControllers = (profile: ControllerProfile) =>
    kubernetes('kcm', 'kube-controller-manager', controllerFlags(kubeconfig('kcm'), pki, kcm, profile));
  startControllers('default');
  kubernetes('scheduler', 'kube-scheduler', schedulerFlags(folder, kubeconfig('scheduler'), pki, scheduler));
  processes.start('kwok', programs.kwok, kwokFlags(kubeconfig('kwok'), kwok));
  await makeNodes(client);
  for (const name of [NAMESPACE, SYSTEM_NAMESPACE])
    await client.call('POST', '/api/v1/namespaces', { metadata: { name } });
  await until('the nodes and the service account of the namespace', START_SECONDS, () => isReady(client));
  for (const name of ['etcd', 'apiserver', 'kcm', 'scheduler', 'kwok']) processes.assertRunning(name);
  return {
    folder,
    processes,
    client,
    kubeconfig,
    kubectl,
    async useControllerProfile(profile) {
      await processes.end('kcm');
      startControllers(profile);
    },
    auditBytes: () => (existsSync(auditPath) ? statSync(auditPath).size : 0),
    auditLog: (from) => readFileSync(auditPath).subarray(from).toString(),
  };
}

function writeKeys(pki: string): void {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(pki, 'sa.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
  writeFileSync(join(pki, 'sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  const lines = Object.entries(USERS).map(([user, rest]) => `${user}-token,${rest}\n`);
  writeFileSync(join(pki, 'tokens.csv'), lines.join(''));
}

function writeKubeconfig(folder: string, user: string, port: number): void {
  const named = { name: NAMESPACE };
  const cluster = {
    server: `https://127.0.0.1:${port}`,
    'certificate-authority': join(folder, 'pki', 'apiserver.crt'),
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': NAMESPACE,
    clusters: [{ ...named, cluster }],
    users: [{ ...named, user: { token: `${user}-token` } }],
    contexts: [{ ...named, context: { cluster: NAMESPACE, user: NAMESPACE } }],
  };
  writeFileSync(join(folder, `${user}.kubeconfig`), JSON.stringify(config));
}

function etcdFlags(folder: string, port: number, peerPort: number): string[] {
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  return [
    '--name=peers',
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=peers=${peer}`,
    '--quota-backend-bytes=8589934592',
    '--auto-compaction-retention=5m',
    '--log-level=warn',
  ];
}

function apiserverFlags(pki: string, port: number, etcd: number): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcd}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${pki}`,
    `--token-auth-file=${join(pki, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(pki, 'sa.pub')}`,
    `--service-account-signing-key-file=${join(pki, 'sa.key')}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--endpoint-reconciler-type=none',
  ];
}

function auditFlags(path: string): string[] {
  const policy = join(import.meta.dirname, 'manifests', 'auditPolicy.yaml');
  return [`--audit-policy-file=${policy}`, `--audit-log-path=${path}`, '--audit-log-mode=batch'];
}

function controllerFlags(
  kubeconfig: string,
  pki: string,
  port: number,
  profile: ControllerProfile,
): string[] {
  const { qps, burst, syncs } = CONTROLLER_PROFILES[profile];
  return [
    `--kubeconfig=${kubeconfig}`,
    `--service-account-private-key-file=${join(pki, 'sa.key')}`,
    `--root-ca-file=${join(pki, 'apiserver.crt')}`,
    '--use-service-account-credentials=true',
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${pki}`,
    '--leader-elect=false',
    `--kube-api-qps=${qps}`,
    `--kube-api-burst=${burst}`,
    `--concurrent-job-syncs=${syncs}`,
  ];
}

/** The scheduler is no part of any comparison: its client gets a rate that never binds. */
function schedulerFlags(folder: string, kubeconfig: string, pki: string, port: number): string[] {
  const path = join(folder, 'scheduler.json');
  const config = {
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    leaderElection: { leaderElect: false },
    clientConnection: { kubeconfig, qps: 1000, burst: 2000 },
  };
  writeFileSync(path, JSON.stringify(config));
  return [`--config=${path}`, '--bind-address=127.0.0.1', `--secure-port=${port}`, `--cert-dir=${pki}`];
}

function kwokFlags(kubeconfig: string, port: number): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--config=${join(import.meta.dirname, 'manifests', 'fakeNodes.yaml')}`,
    '--manage-all-nodes=true',
    '--node-lease-duration-seconds=40',
    `--server-address=127.0.0.1:${port}`,
  ];
}

/** The server makes its own certificate when it starts; who answers with it is ready. */
async function firstAnswer(processes: Processes, pki: string, port: number): Promise<ApiClient> {
  const certificate = join(pki, 'apiserver.crt');
  const asAdmin = () => apiClient({ port, token: 'admin-token', ca: readFileSync(certificate) });
  await until('the API server', START_SECONDS, async () => {
    for (const name of ['etcd', 'apiserver']) processes.assertRunning(name);
    return existsSync(certificate) && (await asAdmin().text('/readyz')) === 'ok';
  });
  await asAdmin().call('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'peers-admins' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'peers:admins' }],
  });
  const client = apiClient({ port, token: 'client-token', ca: readFileSync(certificate) });
  // The authoriser reads the binding from a cache of its own.
  await until(
    'the rights of the client',
    START_SECONDS,
    async () => (await client.text('/api/v1/nodes')) !== '',
  );
  return client;
}

async function makeNodes(client: ApiClient): Promise<void> {
  const room = { cpu: '1000', memory: '4Ti', pods: '20000' };
  for (let n = 1; n <= NODES; n += 1) {
    const name = `fake-${n}`;
    const labels = {
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
    };
    await client.call('POST', '/api/v1/nodes', {
      metadata: { name, labels },
      status: { allocatable: room, capacity: room },
    });
  }
}

async function isReady(client: ApiClient): Promise<boolean> {
  interface Node {
    readonly spec?: { readonly taints?: readonly object[] };
    readonly status?: { readonly conditions?: readonly { type: string; status: string }[] };
  }
  const { items } = await client.call<{ items: readonly Node[] }>('GET', '/api/v1/nodes');
  const accounts = await client.call<{ items: readonly object[] }>(
    'GET',
    `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`,
  );
  const areFit = items.every(
    ({ spec, status }) =>
      spec?.taints === undefined &&
      status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true,
  );
  return areFit && accounts.items.length > 0;
}
