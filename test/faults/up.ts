import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { namespaces } from '../../src/kube/resources.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { clientOf } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import type { Cleanups } from './cleanups.ts';
import type { Form, Plan } from './fault.ts';
import { workers } from './job.ts';
import { begun } from './leader.ts';
import { startReceiver } from './receiver.ts';
import type { Stage } from './stage.ts';
import { type Result, trial } from './trial.ts';

const NAMESPACE = 'faults';
const EVERY_MS = { short: 4_000, full: 10_000 };
const TIMES = { short: 3, full: 30 };

const row = {
  name: '`endwell up` killed',
  does: {
    short: 'SIGKILL of `endwell up` (embedded cluster, operator and server) every 4 s, 3 times during 9 runs',
    full: 'SIGKILL of `endwell up` (embedded cluster, operator and server) every 10 s for 5 minutes, during 100 runs',
  },
};

/** `endwell up` in the foreground, as one process that can be killed; its address is another after each start. */
class Up {
  readonly #program: string;
  readonly #data: string;
  #child: ChildProcess | undefined;
  #client: Promise<KubeClient> | undefined;

  constructor(program: string, data: string) {
    this.#program = program;
    this.#data = data;
  }

  async start(): Promise<void> {
    const args = [this.#program, 'up', '--data', this.#data, '--port', '0'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    let output = '';
    const keep = (chunk: Buffer) => void (output += chunk.toString());
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    await eventually(
      () => /ready/i.test(output),
      () => `endwell up to be ready; it said ${output}`,
    );
    this.#client = clientOf(join(this.#data, 'kubeconfig'));
    await this.#client;
  }

  /** Of the process that runs now, or ran last. */
  client(): Promise<KubeClient> {
    if (this.#client === undefined) throw new Error('reaching endwell up: it was never started');
    return this.#client;
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
    await (await this.client()).close();
  }
}

/** Lives through the death of a whole embedded cluster, again and again. `program` is endwell.js. */
export async function upKilled(form: Form, program: string, cleanups: Cleanups): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'endwell-faults-up-'));
  cleanups.add(() => rm(folder, { recursive: true, force: true }));
  const receiver = await startReceiver('127.0.0.1');
  cleanups.add(() => receiver.close());
  const up = new Up(program, join(folder, 'data'));
  cleanups.add(() => up.end('SIGTERM'));
  await up.start();
  await (await up.client()).create(namespaces, { metadata: { name: NAMESPACE } });
  const stage: Stage = {
    client: () => up.client(),
    url: `http://127.0.0.1:${receiver.port}`,
    calls: receiver.calls,
    namespace: () => Promise.resolve(NAMESPACE),
    // The embedded cluster keeps no audit log.
    bindings: () => Promise.resolve(new Map<string, number>()),
    cleanups,
  };
  return trial(row, planOf(form, up), stage, form);
}

function planOf(form: Form, up: Up): Plan {
  return {
    jobs: (url) => (form === 'short' ? workers(url, 9, 10) : workers(url, 100, 300)),
    async strike(scene) {
      await begun(scene, 1);
      for (let times = TIMES[form]; times > 0; times -= 1) {
        await up.end('SIGKILL');
        await up.start();
        await delay(EVERY_MS[form]);
      }
    },
  };
}
