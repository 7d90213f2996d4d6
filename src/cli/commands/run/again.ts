import type { ExitCode } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';
import { readRunRef, requestOf } from '../../runRef.ts';
import { type ChangeFlags, changeOf, changesContainer } from './change.ts';
import { create, type MadeOptions, tellMade } from './made.ts';
import { namespaceOf, withApi } from './runOptions.ts';

/** Options of `run resubmit`. */
export interface ResubmitOptions extends MadeOptions, ChangeFlags {}

/** `endwell run retry`: the same once more, after an end that is no success. */
export async function retry(context: CliContext, name: string, options: MadeOptions): Promise<ExitCode> {
  const namespace = namespaceOf(options);
  const input = requestOf(readRunRef(name, namespace));
  return withApi(context, options, async (connection) => {
    const made = await create(context, (headers) =>
      connection.api.call('retryRun', { ...input, headers, body: {} }),
    );
    return tellMade(context, connection, namespace, made, options);
  });
}

/** `endwell run resubmit`: a new run from any that has ended, with what the flags change. */
export async function resubmit(
  context: CliContext,
  name: string,
  command: readonly string[],
  options: ResubmitOptions,
): Promise<ExitCode> {
  const namespace = namespaceOf(options);
  const input = requestOf(readRunRef(name, namespace));
  return withApi(context, options, async (connection) => {
    const old = changesContainer(options, command)
      ? (await connection.api.call('getRun', input)).body
      : undefined;
    const body = changeOf(options, command, old);
    const made = await create(context, (headers) =>
      connection.api.call('resubmitRun', { ...input, headers, body }),
    );
    return tellMade(context, connection, namespace, made, options);
  });
}
