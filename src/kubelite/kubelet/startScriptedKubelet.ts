import type { Clock, Random } from '../../ports/clock.ts';
import { badRequest, notFound } from '../status.ts';
import type { KubeliteLog, PodLogSource, Registry, ResourceInfo } from '../types.ts';
import { startKubelet } from './kubelet.ts';
import type { NodeFacts } from './node.ts';
import { type ScriptOf, scriptFromAnnotations } from './scripted/podScript.ts';
import { type ScriptedRuntime, scriptedRuntime } from './scripted/scriptedRuntime.ts';

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
  const pods = registry.resource('', 'pods');
  if (!pods) throw new Error("starting the kubelet: the API doesn't serve pods");
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
  return { stop: () => kubelet.stop(), logs: scriptedLogs(registry, pods, runtime) };
}

/** Logs are what scripts say. Of a request's limits only `limitBytes` is heeded, for a script writes all at once. */
function scriptedLogs(registry: Registry, pods: ResourceInfo, runtime: ScriptedRuntime): PodLogSource {
  return {
    async openLog(request) {
      const pod = registry.get(pods, request.namespace, request.pod);
      if (!pod) throw notFound(pods, request.pod);
      const written = runtime.log(pod.metadata.uid, request.container);
      if (!written) {
        throw badRequest(
          `container "${request.container}" in pod "${request.pod}" is waiting to start: ContainerCreating`,
        );
      }
      return (async function* () {
        const bytes = Buffer.from(written.text);
        yield request.limitBytes === undefined ? bytes : bytes.subarray(0, request.limitBytes);
        if (request.follow) await written.ended;
      })();
    },
  };
}
