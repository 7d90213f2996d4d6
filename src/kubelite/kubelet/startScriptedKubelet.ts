import type { Clock, Random } from '../../ports/clock.ts';
import type { KubeliteLog, PodLogSource, Registry } from '../types.ts';
import { startKubelet } from './kubelet.ts';
import type { NodeFacts } from './node.ts';
import { type ScriptOf, scriptFromAnnotations } from './scripted/podScript.ts';
import { scriptedLogs } from './scripted/scriptedLogs.ts';
import { scriptedRuntime } from './scripted/scriptedRuntime.ts';

/** What a kubelet that only plays needs. */
export interface ScriptedKubeletOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: KubeliteLog;
  /** Default `scripted`. */
  readonly nodeName?: string;
  /** Default: `scriptFromAnnotations`. */
  readonly script?: ScriptOf;
  /** What the node has; default 64 CPUs, 256 GiB, 1,000 pods. */
  readonly amounts?: Partial<Pick<NodeFacts, 'cpus' | 'memoryBytes' | 'pods'>>;
}

/** A kubelet that plays. */
export interface ScriptedKubelet {
  /** Stops all plays where they are. */
  stop(): Promise<void>;
  readonly logs: PodLogSource;
}

const GIB = 1024 ** 3;

/** A node whose containers do what a script says, in the clock's time: same life of a pod as with real processes. */
export async function startScriptedKubelet(options: ScriptedKubeletOptions): Promise<ScriptedKubelet> {
  const { registry, clock, log, random } = options;
  const script = options.script ?? scriptFromAnnotations;
  const runtime = scriptedRuntime(clock, (pod) => script(pod, random));
  const node: NodeFacts = {
    name: options.nodeName ?? 'scripted',
    cpus: 64,
    memoryBytes: 256 * GIB,
    diskBytes: 1024 * GIB,
    pods: 1_000,
    os: 'linux',
    arch: 'amd64',
    kernel: 'scripted',
    runtime: 'scripted://1',
    bootId: 'scripted',
    address: '127.0.0.1',
    ...options.amounts,
  };
  const kubelet = await startKubelet({ registry, clock, log, node, runtime });
  return { stop: () => kubelet.stop(), logs: scriptedLogs(registry, () => runtime) };
}
