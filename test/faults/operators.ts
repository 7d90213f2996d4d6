import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { leases } from '../../src/kube/resources.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { eventually } from '../support/eventually.ts';
import { type Certificate, type Proxy, startProxy } from './proxy.ts';

/** Namespace of their lease: that of deploy/install.yaml, whose rights they have. */
export const OWN_NAMESPACE = 'endwell-system';
/** So that a change of leader takes seconds. */
const LEASE_SECONDS = 4;
const REPLICAS = 3;
/** As a kubelet starts a container again that died. */
const AGAIN_AFTER_MS = 500;

/** What operators are started with. */
export interface OperatorParts {
  /** Path of endwell.js. */
  readonly program: string;
  readonly folder: string;
  /** Origin of the API server, and the certificate that signed its own. */
  readonly target: string;
  readonly ca: string;
  readonly certificate: Certificate;
  /** Of the service account of deploy/install.yaml. */
  readonly token: string;
  /** An administrator's, to read the lease. */
  readonly client: KubeClient;
  /** Further flags of `endwell operator`. */
  readonly flags: readonly string[];
}

/** One operator: a process of its own, behind a proxy of its own, started again whenever it dies. */
export class Operator {
  readonly name: string;
  readonly proxy: Proxy;
  readonly #start: (program: string) => ChildProcess;
  #program: string;
  #child: ChildProcess;
  #isClosing = false;
  #expectsEnd = false;
  /** How often it ended although nobody had ended it. */
  crashes = 0;

  constructor(name: string, proxy: Proxy, program: string, start: (program: string) => ChildProcess) {
    this.name = name;
    this.proxy = proxy;
    this.#start = start;
    this.#program = program;
    this.#child = this.#begin();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** SIGKILL; SIGSTOP and SIGCONT halt it and let it go on. */
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#expectsEnd ||= signal === 'SIGKILL';
    this.#child.kill(signal);
  }

  /** Ends it as Kubernetes does, with SIGTERM, and starts another program in its place. */
  async replaceBy(program: string): Promise<void> {
    this.#program = program;
    this.#expectsEnd = true;
    const old = this.#child;
    old.kill('SIGTERM');
    if (old.exitCode === null && old.signalCode === null) await once(old, 'exit');
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const child = this.#child;
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const ended = child.exitCode !== null || child.signalCode !== null || once(child, 'exit');
    const isLate = await Promise.race([ended, delay(10_000, 'late' as const, { ref: false })]);
    if (isLate === 'late') child.kill('SIGKILL');
    await this.proxy.close();
  }

  #begin(): ChildProcess {
    const child = this.#start(this.#program);
    child.on('exit', () => {
      if (this.#isClosing) return;
      if (!this.#expectsEnd) this.crashes += 1;
      this.#expectsEnd = false;
      setTimeout(() => {
        if (!this.#isClosing) this.#child = this.#begin();
      }, AGAIN_AFTER_MS).unref();
    });
    return child;
  }
}

/** Three operators that compete for one lease. */
export interface Operators {
  readonly all: readonly Operator[];
  /** The one that lives and holds the lease; undefined while nobody does. */
  leaderNow(): Promise<Operator | undefined>;
  /** The same, once there is one. */
  leader(): Promise<Operator>;
  close(): Promise<void>;
}

/** Starts them and waits for a leader. */
export async function startOperators(parts: OperatorParts): Promise<Operators> {
  mkdirSync(parts.folder, { recursive: true });
  const all = await Promise.all(
    Array.from({ length: REPLICAS }, (_, index) => startOne(parts, `operator${index + 1}`)),
  );
  async function leaderNow(): Promise<Operator | undefined> {
    const lease = await parts.client
      .get(leases, { namespace: OWN_NAMESPACE, name: 'endwell-operator' })
      .catch(() => undefined);
    const pid = Number(lease?.spec?.holderIdentity?.split('_').at(-2));
    return all.find((operator) => operator.pid === pid);
  }
  const leader = () => eventually(leaderNow, 'a leader');
  const close = async () => void (await Promise.all(all.map((one) => one.close())));
  const operators = { all, leaderNow, leader, close };
  try {
    await leader();
  } catch (error) {
    await operators.close();
    throw error;
  }
  return operators;
}

async function startOne(parts: OperatorParts, name: string): Promise<Operator> {
  const proxy = await startProxy(parts.target, parts.ca, parts.certificate);
  const kubeconfig = join(parts.folder, `${name}.yaml`);
  await writeFile(kubeconfig, kubeconfigOf(proxy.url, parts), { mode: 0o600 });
  const log = createWriteStream(join(parts.folder, `${name}.log`), { flags: 'a' });
  const flags = ['--operator-namespace', OWN_NAMESPACE, '--lease-seconds', String(LEASE_SECONDS)];
  const args = ['operator', '--kubeconfig', kubeconfig, '--health-host', '127.0.0.1', '--health-port', '0'];
  return new Operator(name, proxy, parts.program, (program) =>
    run([program, ...args, ...flags, ...parts.flags], log),
  );
}

function run(args: readonly string[], log: WriteStream): ChildProcess {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  return child;
}

function kubeconfigOf(server: string, { certificate, token }: OperatorParts): string {
  const authority = Buffer.from(certificate.authority).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'proxy', cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: 'operator', user: { token } }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'operator' } }],
    'current-context': 'proxy',
  });
}
