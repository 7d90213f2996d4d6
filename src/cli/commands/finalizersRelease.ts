import { finalizersRelease as release } from '../../actions/finalizersRelease.ts';
import type { KubeClient } from '../../kube/types.ts';
import { type CliError, EXIT, type ExitCode, usageError } from '../cliError.ts';
import { openCluster } from '../connect/openCluster.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import { ask } from '../output/ask.ts';
import { readLead } from './doctor/checks.ts';

/** Options of `finalizers release`. */
export interface ReleaseFlags extends GlobalOptions {
  readonly namespace?: string;
  readonly all?: boolean;
  readonly yes?: boolean;
}

/** `endwell finalizers release`: frees objects when no operator runs any more. */
export async function finalizersRelease(context: CliContext, options: ReleaseFlags): Promise<ExitCode> {
  if ((options.namespace === undefined) === (options.all !== true)) {
    throw usageError('finalizers release needs --namespace NAMESPACE or --all, one of the two');
  }
  const where = options.namespace === undefined ? 'all namespaces' : `namespace ${options.namespace}`;
  if (options.yes !== true && !context.canAsk) throw nobodyToAsk(where);
  const cluster = await openCluster(context, options);
  try {
    const leader = await leaderOf(cluster.client);
    if (leader !== undefined) context.err(`${leader}\n`);
    if (options.yes !== true && !(await ask(context, `${warning(where)} Go on? [y/N] `))) return EXIT.failed;
    const scope = options.namespace === undefined ? {} : { namespace: options.namespace };
    const { runs, pods, failures } = await release(cluster.client, scope, { signal: context.interrupted });
    context.out(`released ${count(runs, 'run')} and ${count(pods, 'pod')} in ${where}\n`);
    for (const failure of failures) context.err(`${failure}\n`);
    return failures.length === 0 ? EXIT.ok : EXIT.failed;
  } finally {
    await cluster.close();
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function warning(where: string): string {
  return `Runs in ${where} that are being deleted go without their exit handler.`;
}

function nobodyToAsk(where: string): CliError {
  return usageError(`${warning(where)} Nobody can be asked here: pass --yes to go on`);
}

/** A sentence that warns of an operator that leads: it takes the finalizers up again. Undefined where none does. */
async function leaderOf(client: KubeClient): Promise<string | undefined> {
  const { kind, said } = await readLead(client);
  return kind === 'alive'
    ? `An operator leads (${said}): it looks after its runs and holds them again. Stop it first, unless only what is being deleted is to go.`
    : undefined;
}
