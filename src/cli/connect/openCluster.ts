import { resolve } from 'node:path';
import { createKubeClient } from '../../kube/client/kubeClient.ts';
import { loadKubeconfig } from '../../kube/config/kubeconfig.ts';
import { undiciTransport } from '../../kube/transport/undiciTransport.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import { DEFAULT_DATA } from '../local/upState.ts';
import { runningUp } from './connect.ts';

/** A cluster that was opened for one command. */
export interface Cluster {
  readonly client: KubeClient;
  /** Where it was found, for messages. */
  readonly origin: string;
  readonly close: () => Promise<void>;
}

/** Opens the cluster of `--kubeconfig`, else of the running `up`, else the one that kubectl would use. */
export async function openCluster(context: CliContext, options: GlobalOptions): Promise<Cluster> {
  const up = options.kubeconfig === undefined ? await runningUp(context, options.data) : undefined;
  const ofUp = resolve(
    context.cwd,
    options.data ?? context.env['ENDWELL_DATA'] ?? DEFAULT_DATA,
    'kubeconfig',
  );
  const path = up === undefined ? options.kubeconfig : ofUp;
  const access = await loadKubeconfig({ env: context.env, path, context: options.context });
  const { clock, random } = context;
  const transport = undiciTransport(access, { clock, env: context.env });
  const client = createKubeClient({ transport, clock, random, userAgent: `endwell/${context.version}` });
  return { client, origin: access.origin, close: () => client.close() };
}
