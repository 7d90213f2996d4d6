import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import type { KubeClient } from '../../src/kube/types.ts';
import { kubectl } from '../support/account.ts';
import { auditEnd, auditLog, deedOf } from '../support/auditLog.ts';
import { clientOf, newNamespace } from '../support/cluster.ts';
import { endwell } from '../support/product.ts';
import { Cleanups } from './cleanups.ts';
import { type OperatorParts, OWN_NAMESPACE } from './operators.ts';
import { loopbackCertificate } from './proxy.ts';
import { type Call, startReceiver } from './receiver.ts';

/** Where trials are held: a cluster, and ears outside of it. */
export interface Stage {
  client(): Promise<KubeClient>;
  /** Where containers call. */
  readonly url: string;
  calls(): readonly Call[];
  namespace(): Promise<string>;
  /** Name of each main pod of a namespace -> how often a pod of this name was bound to a node. */
  bindings(namespace: string): Promise<ReadonlyMap<string, number>>;
  readonly cleanups: Cleanups;
}

/** A stage on a real cluster, with what operators of the trials are started with. */
export interface ClusterStage extends Stage {
  readonly operatorParts: Omit<OperatorParts, 'program' | 'folder' | 'flags'>;
  readonly folder: string;
}

/** To be passed through, not to be read. */
const PASSABLE = 0o711;
/** Longer than the longest run of all faults. */
const TOKEN_FOR = '--duration=12h';

/** Runs a verb of the test cluster, for what a kubeconfig can't do. */
export async function testcluster(...args: string[]): Promise<void> {
  const program = process.env['TESTCLUSTER'];
  if (program === undefined)
    throw new Error('striking the cluster: set TESTCLUSTER to the command that starts and stops its parts');
  await promisify(execFile)(program, args);
}

/**
 * Opens the cluster of KUBECONFIG, on which Endwell is installed: its own operators rest until `cleanups` have run. Pods
 * reach this machine as ENDWELL_TEST_HOST.
 */
export async function openStage(cleanups = new Cleanups()): Promise<ClusterStage> {
  const folder = await mkdtemp(join(tmpdir(), 'endwell-faults-'));
  cleanups.add(() => rm(folder, { recursive: true, force: true }));
  // PostgreSQL, which does not run as root, has its disk below it.
  await chmod(folder, PASSABLE);
  const kubeconfig = String(process.env['KUBECONFIG']);
  const client = await clientOf(kubeconfig);
  cleanups.add(() => client.close());
  await restInstalled(cleanups);
  const receiver = await startReceiver('0.0.0.0');
  cleanups.add(() => receiver.close());
  const { namespace, deleteAll } = newNamespace(client);
  // An interrupted trial may create runs that no operator looks after any more: they would hold their namespace.
  cleanups.add(() => endwell(['finalizers', 'release', '--all', '--yes']));
  cleanups.add(deleteAll);
  const { server, ca } = await addressOf();
  const token = await kubectl('create', 'token', '-n', OWN_NAMESPACE, TOKEN_FOR, 'endwell-operator');
  const from = await auditEnd();
  return {
    client: () => Promise.resolve(client),
    url: `http://${process.env['ENDWELL_TEST_HOST'] ?? 'host.testcluster'}:${receiver.port}`,
    calls: receiver.calls,
    namespace,
    bindings: (where) => bindings(where, from),
    cleanups,
    folder,
    operatorParts: { target: server, ca, certificate: loopbackCertificate(), token: token.trim(), client },
  };
}

/** The installed operators would compete for the lease. */
async function restInstalled(cleanups: Cleanups): Promise<void> {
  const deployment = ['-n', OWN_NAMESPACE, 'deployment/endwell-operator'];
  const replicas = await kubectl('get', ...deployment, '-o', 'jsonpath={.spec.replicas}');
  if (replicas === '0') return;
  cleanups.add(async () => {
    await kubectl('scale', ...deployment, `--replicas=${replicas}`);
    await kubectl('rollout', 'status', ...deployment, '--timeout=120s');
  });
  await kubectl('scale', ...deployment, '--replicas=0');
  const theirs = ['pod', '-l', 'app.kubernetes.io/component=operator'];
  await kubectl('wait', '-n', OWN_NAMESPACE, '--for=delete', ...theirs, '--timeout=120s');
}

async function addressOf(): Promise<{ server: string; ca: string }> {
  const config = parse(await kubectl('config', 'view', '--raw', '--minify', '--flatten')) as {
    clusters: { cluster: { server: string; 'certificate-authority-data'?: string } }[];
  };
  const { server = '', 'certificate-authority-data': data = '' } = config.clusters[0]?.cluster ?? {};
  return { server, ca: Buffer.from(data, 'base64').toString() };
}

async function bindings(namespace: string, from: number): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (const entry of await auditLog(namespace, from)) {
    const { namespace: where, name = '' } = entry.objectRef ?? {};
    const isBinding = deedOf(entry) === 'create pods/binding' && entry.responseStatus?.code === 201;
    if (isBinding && where === namespace && /-m\d+$/.test(name)) times.set(name, (times.get(name) ?? 0) + 1);
  }
  return times;
}
