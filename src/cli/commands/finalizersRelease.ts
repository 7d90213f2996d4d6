import { finalizersRelease as release } from '../../actions/finalizersRelease.ts';
import { EXIT, type ExitCode, usageError } from '../cliError.ts';
import { openCluster } from '../connect/openCluster.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import { ask } from '../output/ask.ts';

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
  if (options.yes !== true && !(await isSure(context, where))) return EXIT.failed;
  const cluster = await openCluster(context, options);
  try {
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

async function isSure(context: CliContext, where: string): Promise<boolean> {
  const warning = `Runs in ${where} that are being deleted go without their exit handler.`;
  if (!context.canAsk) throw usageError(`${warning} Nobody can be asked here: pass --yes to go on`);
  return ask(context, `${warning} Go on? [y/N] `);
}
