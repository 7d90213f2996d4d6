import { EXIT, type ExitCode } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';
import { withApi } from '../run/runOptions.ts';
import { type PipelineOptions, placeOf, tell } from './pipelineOptions.ts';

/** `endwell pipeline host`. */
export async function host(context: CliContext, options: PipelineOptions): Promise<ExitCode> {
  return withApi(context, options, async ({ api }) => {
    const { body } = await api.call('pipelineHost', { query: placeOf(options) });
    context.out(`${body.ip}\n`);
    return EXIT.ok;
  });
}

/** `endwell pipeline service-status`: fails (exit code 1) when it is not healthy. */
export async function serviceStatus(context: CliContext, options: PipelineOptions): Promise<ExitCode> {
  return withApi(context, options, async ({ api }) => {
    const { body } = await api.call('pipelineServiceStatus', { query: placeOf(options) });
    return tell(context, body, options);
  });
}
