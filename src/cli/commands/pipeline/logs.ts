import { CliError, EXIT, type ExitCode } from '../../cliError.ts';
import type { CliContext, GlobalOptions } from '../../context.ts';
import { withApi } from '../run/runOptions.ts';
import { placeOf } from './pipelineOptions.ts';

/** Options of `pipeline logs`. */
export interface PipelineLogsOptions extends GlobalOptions {
  readonly namespace?: string;
  readonly run?: string;
}

/** `endwell pipeline logs`: page after page, so that a log of any length fits. */
export async function logs(
  context: CliContext,
  fqn: string,
  options: PipelineLogsOptions,
): Promise<ExitCode> {
  return withApi(context, options, async ({ api }) => {
    const which = options.run === undefined ? {} : { runId: options.run };
    let after: string | undefined;
    do {
      const query = { ...placeOf(options), ...which, ...(after === undefined ? {} : { after }) };
      const { body } = await api.call('pipelineLogs', {
        params: { fqn },
        query,
        signal: context.interrupted,
      });
      const { total, after: next, ...texts } = body;
      if (total === undefined) throw new CliError(Object.values(texts).join('; '));
      context.out(Object.values(texts).join(''));
      after = next;
    } while (after !== undefined);
    return EXIT.ok;
  });
}
