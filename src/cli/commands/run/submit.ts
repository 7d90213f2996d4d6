import type { ExitCode } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';
import { create, type MadeOptions, tellMade } from './made.ts';
import { withApi } from './runOptions.ts';
import { readSubmission, type SubmitFlags } from './submission.ts';

/** Options of `run submit`. */
export interface SubmitOptions extends MadeOptions, SubmitFlags {}

/** `endwell run submit`. */
export async function submit(
  context: CliContext,
  command: readonly string[],
  options: SubmitOptions,
): Promise<ExitCode> {
  const body = await readSubmission(context, options, command);
  const namespace = options.namespace ?? textOf(body.metadata?.['namespace']) ?? 'default';
  return withApi(context, options, async (connection) => {
    const made = await create(context, (headers) =>
      // The server judges the body; the CLI knows no more of it than the user wrote.
      connection.api.call('submitRun', { query: { namespace }, headers, body: body as never }),
    );
    return tellMade(context, connection, namespace, made, options);
  });
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
