import { join } from 'node:path';
import type { Clock, Random } from '../ports/clock.ts';
import { startProcessKubelet } from './kubelet/startProcessKubelet.ts';
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
  const { registry, clock, random, log, dataDir, nodeName } = options;
  if (options.kubelet === 'none' || dataDir === undefined) return undefined;
  const kubelet = await startProcessKubelet({
    registry,
    dataDir: join(dataDir, 'kubelet'),
    clock,
    random,
    log,
    nodeName,
    token: async (request) => accountToken(options, request),
  });
  const scheduler = startScheduler({ registry, clock, log });
  return {
    logs: kubelet.logs,
    async stop() {
      scheduler.stop();
      await kubelet.stop();
    },
  };
}

/** A token of the pod's service account, as a projected volume has it. Rejects when there is no such account. */
function accountToken(
  { registry, signer }: NodeOptions,
  request: Parameters<NonNullable<Parameters<typeof startProcessKubelet>[0]['token']>>[0],
): string {
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
