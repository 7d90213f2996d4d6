import { runTitle } from '../../../core/omjob/title.ts';
import { isTerminal } from '../../../core/run/phases.ts';
import { EXIT, type ExitCode } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';
import { attemptsTable, printRun } from '../../output/printRuns.ts';
import { readRunRef, requestOf } from '../../runRef.ts';
import { followRun } from '../../timeline/followRun.ts';
import { namespaceOf, type RunOptions, tableOptions, withApi } from './runOptions.ts';

/** Options of `run cancel`. */
export interface CancelOptions extends RunOptions {
  readonly reason?: string;
  readonly wait?: boolean;
}

/** `endwell run get`. */
export async function get(context: CliContext, name: string, options: RunOptions): Promise<ExitCode> {
  return withApi(context, options, async ({ api }) => {
    const { body } = await api.call('getRun', requestOf(readRunRef(name, namespaceOf(options))));
    const format = options.output ?? 'table';
    context.out(await printRun(body, format, tableOptions(context, false)));
    const attempts = format === 'table' ? attemptsTable(body, context.clock.now()) : '';
    if (attempts !== '') context.out(`\n${attempts}`);
    if (body.source === 'history') context.err('(from the history: the cluster does not have it any more)\n');
    return EXIT.ok;
  });
}

/** `endwell run watch`: exits as `run submit --wait` does. */
export async function watch(context: CliContext, name: string, options: RunOptions): Promise<ExitCode> {
  return withApi(context, options, (connection) =>
    followRun(context, connection, readRunRef(name, namespaceOf(options))),
  );
}

/** `endwell run cancel`. */
export async function cancel(context: CliContext, name: string, options: CancelOptions): Promise<ExitCode> {
  return withApi(context, options, async (connection) => {
    const ref = readRunRef(name, namespaceOf(options));
    const body = options.reason === undefined ? {} : { reason: options.reason };
    const { body: run } = await connection.api.call('cancelRun', { ...requestOf(ref), body });
    const phase = run.status?.phase;
    if (phase !== undefined && isTerminal(phase)) {
      context.out(`${runTitle(ref)} has ended already: ${phase}\n`);
      return EXIT.ok;
    }
    context.out(`${runTitle(ref)} is being cancelled (asked by ${run.spec.cancel?.by ?? 'somebody'})\n`);
    if (options.wait !== true) return EXIT.ok;
    const code = await followRun(context, connection, ref);
    return code === EXIT.cancelled ? EXIT.ok : code;
  });
}

/** `endwell run delete`. */
export async function remove(context: CliContext, name: string, options: RunOptions): Promise<ExitCode> {
  return withApi(context, options, async ({ api }) => {
    const ref = readRunRef(name, namespaceOf(options));
    await api.call('deleteRun', requestOf(ref));
    context.out(`${runTitle(ref)} is being deleted: it is cancelled, its exit handler runs, then it goes\n`);
    return EXIT.ok;
  });
}
