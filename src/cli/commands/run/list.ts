import type { ApiClient } from '../../../contract/client.ts';
import type { RunAnswer } from '../../../contract/routes/runObject.ts';
import type { Run } from '../../../core/run/run.ts';
import { EXIT, type ExitCode, usageError } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';
import { printRuns, runColumns } from '../../output/printRuns.ts';
import { formatTable } from '../../output/table.ts';
import { namespaceOf, type RunOptions, tableOptions, withApi } from './runOptions.ts';
import { watchList } from './watchList.ts';

/** Options of `run list`. */
export interface ListOptions extends RunOptions {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly watch?: boolean;
  readonly limit?: string;
  readonly history?: boolean;
  readonly kind?: Run['kind'];
}

/** Largest page of the API. */
const PAGE = 500;

/** `endwell run list`. */
export async function list(context: CliContext, options: ListOptions): Promise<ExitCode> {
  const most = limitOf(options.limit);
  if (options.watch === true && options.history === true) {
    throw usageError(
      '--watch shows what changes, and history does not: leave out one of --watch and --history',
    );
  }
  return withApi(context, options, async (connection) => {
    const { api } = connection;
    if (options.watch === true) return watchList(context, connection, options);
    const runs = await readAll(api, options, most);
    if (runs.length === 0 && (options.output ?? 'table') === 'table') context.err(`${nothing(options)}\n`);
    else context.out(await textOf(context, options, runs));
    return EXIT.ok;
  });
}

async function textOf(
  context: CliContext,
  options: ListOptions,
  runs: readonly RunAnswer[],
): Promise<string> {
  const format = options.output ?? 'table';
  const table = tableOptions(context, options.allNamespaces === true);
  if (options.history !== true || format !== 'table') return printRuns(runs, format, table);
  const source = { title: 'SOURCE', value: (run: RunAnswer) => run.source ?? '' };
  return formatTable(runs, [...runColumns(table), source]);
}

/** Where and which runs, as the API's query has it. */
export function scopeOf(options: ListOptions) {
  return {
    namespace: namespaceOf(options),
    allNamespaces: options.allNamespaces === true ? ('true' as const) : ('false' as const),
    ...(options.kind === undefined ? {} : { kind: options.kind }),
    ...(options.selector === undefined ? {} : { selector: options.selector }),
  };
}

async function readAll(api: ApiClient, options: ListOptions, most: number): Promise<RunAnswer[]> {
  const runs: RunAnswer[] = [];
  const past: { history?: 'true' } = options.history === true ? { history: 'true' } : {};
  let cursor: string | null = null;
  do {
    const limit = Math.min(PAGE, most - runs.length);
    const at: { cursor?: string } = cursor === null ? {} : { cursor };
    const { body } = await api.call('listRuns', { query: { ...scopeOf(options), ...past, limit, ...at } });
    runs.push(...body.items);
    cursor = body.nextCursor;
  } while (cursor !== null && runs.length < most);
  return runs;
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw usageError(`--limit ${text}: it must be a whole number above 0`);
  return Number(text);
}

function nothing(options: ListOptions): string {
  return options.allNamespaces === true
    ? 'No runs found.'
    : `No runs found in namespace ${namespaceOf(options)}.`;
}
