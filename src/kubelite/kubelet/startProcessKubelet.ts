import { statfsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { arch, availableParallelism, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Clock, Random } from '../../ports/clock.ts';
import type { KubeliteLog, PodLogSource, Registry } from '../types.ts';
import { registrySources } from './config/configSources.ts';
import type { TokenSource } from './config/volumeFiles.ts';
import { startKubelet } from './kubelet.ts';
import type { NodeFacts } from './node.ts';
import { imageTable } from './process/images.ts';
import { memoryWatch } from './process/memoryLimit.ts';
import { podLogs } from './process/podLogs.ts';
import { processRuntime } from './process/processRuntime.ts';
import { bootId, hasProcessTable } from './process/processTable.ts';
import { sessionSweeper } from './process/sessions.ts';
import { openJournal } from './process/startJournal.ts';

/** What a kubelet whose containers are local processes needs. */
export interface ProcessKubeletOptions {
  readonly registry: Registry;
  /** Its own folder: pods, logs, the journal of starts, and the table of images, `images.json`. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: KubeliteLog;
  readonly nodeName: string;
  /** Tokens for projected volumes; a token that no API knows when left out. */
  readonly token?: TokenSource;
  /** Added to every container's environment (over PATH and the locale of this process). */
  readonly env?: Readonly<Record<string, string>>;
}

/** A kubelet that runs processes. */
export interface ProcessKubelet {
  /** Leaves containers running: the next kubelet on this folder goes on with them. */
  stop(): Promise<void>;
  readonly logs: PodLogSource;
}

/** Pods of one node at a time; Kubernetes' default. */
const MAX_PODS = 110;
/** Variables of this process that a program needs to run at all. */
const PASSED_ON = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];
const GO_ARCHITECTURE: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** Registers this machine as a node and runs the pods that are bound to it. Containers of an earlier kubelet on the folder are taken on. */
export async function startProcessKubelet(options: ProcessKubeletOptions): Promise<ProcessKubelet> {
  const { registry, dataDir, clock, log } = options;
  const pods = registry.resource('', 'pods');
  if (!pods) throw new Error("starting the kubelet: the API doesn't serve pods");
  await mkdir(dataDir, { recursive: true });
  if (!hasProcessTable()) log.warn('memory limits are not enforced: this system has no /proc', {});
  const known = new Set(registry.list(pods).map((pod) => pod.metadata.uid));
  const journal = await openJournal(join(dataDir, 'starts.journal'), (uid) => known.has(uid));
  const node = thisMachine(options.nodeName, dataDir);
  const token = options.token ?? localToken(options.random);
  const runtime = processRuntime({
    dataDir,
    clock,
    log,
    images: imageTable(join(dataDir, 'images.json')),
    sources: { config: registrySources(registry), node, token },
    journal,
    memory: memoryWatch(clock),
    sweeper: sessionSweeper(clock),
    baseEnv: { ...passedOn(), ...options.env },
  });
  const kubelet = await startKubelet({ registry, clock, log, node, runtime });
  return {
    logs: podLogs({ registry, pods, dataDir, clock, runEnd: (uid, run) => runtime.runEnd(uid, run) }),
    async stop() {
      await kubelet.stop();
      await journal.close();
    },
  };
}

function thisMachine(name: string, dataDir: string): NodeFacts {
  const disk = statfsSync(dataDir);
  return {
    name,
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    diskBytes: disk.bsize * disk.blocks,
    pods: MAX_PODS,
    os: platform(),
    arch: GO_ARCHITECTURE[arch()] ?? arch(),
    kernel: release(),
    runtime: 'process://1',
    bootId: bootId(),
    address: '127.0.0.1',
  };
}

function passedOn(): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** A token that stands for the account on this machine only. */
function localToken(random: Random): TokenSource {
  const secret = Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 32).toString(16)).join('');
  return async ({ namespace, serviceAccount }) => `local:${namespace}:${serviceAccount}:${secret}`;
}
