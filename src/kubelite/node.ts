import { join } from 'node:path';
import type { Clock, Random } from '../ports/clock.ts';
import type { TokenSource } from './kubelet/config/volumeFiles.ts';
import type { ScriptOf } from './kubelet/scripted/podScript.ts';
import { startProcessKubelet } from './kubelet/startProcessKubelet.ts';
import { startScriptedKubelet } from './kubelet/startScriptedKubelet.ts';
import { startScheduler } from './scheduler/startScheduler.ts';
import type { TokenSigner } from './tls/serviceAccountTokens.ts';
import type { KubeliteLog, PodLogSource, Registry } from './types.ts';

/** What the node needs of the API. */
export interface NodeOptions {
  readonly registry: Registry;
  readonly signer: TokenSigner;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: KubeliteLog;
  readonly kubelet: 'process' | 'scripted' | 'none';
  readonly script?: ScriptOf;
  readonly dataDir?: string;
  readonly nodeName: string;
}

/** The scheduler and the kubelet of the only node. */
export interface RunningNode {
  readonly logs: PodLogSource;
  stop(): Promise<void>;
}

/** Starts what makes pods run; undefined when nothing shall. */
export async function startNode(options: NodeOptions): Promise<RunningNode | undefined> {
  const { registry, clock, log } = options;
  const kubelet = await startKubelet(options);
  if (!kubelet) return undefined;
  const scheduler = startScheduler({ registry, clock, log });
  return {
    logs: kubelet.logs,
    async stop() {
      scheduler.stop();
      await kubelet.stop();
    },
  };
}

function startKubelet(options: NodeOptions): Promise<RunningNode> | undefined {
  const { registry, clock, random, log, dataDir, nodeName, script } = options;
  const common = { registry, clock, random, log, nodeName };
  if (options.kubelet === 'scripted')
    return startScriptedKubelet({ ...common, ...(script ? { script } : {}) });
  if (options.kubelet === 'none' || dataDir === undefined) return undefined;
  const token: TokenSource = async (request) => accountToken(options, request);
  return startProcessKubelet({ ...common, dataDir: join(dataDir, 'kubelet'), token });
}

/** A token of the pod's service account, as a projected volume has it. Rejects when there is no such account. */
function accountToken({ registry, signer }: NodeOptions, request: Parameters<TokenSource>[0]): string {
  const { namespace, serviceAccount, audience, expirationSeconds, pod } = request;
  const accounts = registry.resource('', 'serviceaccounts');
  const account = accounts && registry.get(accounts, namespace, serviceAccount);
  if (!account)
    throw new Error(`issuing token: serviceaccount "${serviceAccount}" not found in ${namespace}`);
  const audiences = audience === undefined ? [] : [audience];
  const { uid } = account.metadata;
  return signer.issue({
    namespace,
    account: { name: serviceAccount, uid },
    pod,
    audiences,
    seconds: expirationSeconds,
  }).token;
}
