import { awaitingHistory } from '../../connect/awaitingHistory.ts';
import { type Connection, connect } from '../../connect/connect.ts';
import type { CliContext, GlobalOptions } from '../../context.ts';
import type { OutputFormat, TableOptions } from '../../output/printRuns.ts';

/** Options of every command about runs. */
export interface RunOptions extends GlobalOptions {
  readonly namespace?: string;
  readonly output?: OutputFormat;
}

/** The namespace that a command is about. */
export function namespaceOf(options: RunOptions): string {
  return options.namespace ?? 'default';
}

/** Options of a table of runs as of now. */
export function tableOptions(context: CliContext, withNamespace: boolean): TableOptions {
  return { now: context.clock.now(), withNamespace };
}

/** Does something with a connection to the API that waits for a history being opened, and closes it whatever happens. */
export async function withApi<T>(
  context: CliContext,
  options: GlobalOptions,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect(context, options);
  try {
    return await work({ ...connection, api: awaitingHistory(context, connection.api) });
  } finally {
    await connection.close();
  }
}
