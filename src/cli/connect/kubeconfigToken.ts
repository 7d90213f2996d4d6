import type { ClusterAccess } from '../../kube/config/access.ts';
import { credentials } from '../../kube/config/credentials.ts';
import { loadKubeconfig } from '../../kube/config/kubeconfig.ts';
import { readTextFile, runProgram } from '../../kube/config/machine.ts';
import { CliError, EXIT } from '../cliError.ts';
import type { CliContext, GlobalOptions } from '../context.ts';

/** The cluster that `--kubeconfig` and `--context`, or else the environment, name. Throws one line that says what to mend. */
export async function loadAccess(context: CliContext, options: GlobalOptions): Promise<ClusterAccess> {
  return loadKubeconfig({ env: context.env, path: options.kubeconfig, context: options.context });
}

/** The bearer token that the kubeconfig holds or its plugin gives. Refuses one without, and says how to get one. */
export async function kubeconfigToken(context: CliContext, options: GlobalOptions): Promise<string> {
  return tokenOf(context, await loadAccess(context, options));
}

/** The bearer token of one user of a kubeconfig. */
export async function tokenOf(context: CliContext, access: ClusterAccess): Promise<string> {
  const login = credentials({
    access,
    clock: context.clock,
    readFile: readTextFile,
    runCommand: runProgram,
    env: context.env,
  });
  const { headers } = await login.current();
  const header = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  const token = /^Bearer +(\S+)$/i.exec(typeof header === 'string' ? header : (header?.[0] ?? ''))?.[1];
  if (token !== undefined) return token;
  throw new CliError(
    `${access.origin} has no token, and Endwell’s API takes nothing else: make one by kubectl create token SERVICEACCOUNT and pass it as --token or ENDWELL_TOKEN`,
    EXIT.unreachable,
  );
}
