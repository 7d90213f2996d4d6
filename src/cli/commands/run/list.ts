import type { ApiClient } from '../../../contract/client.ts';
import type { Run } from '../../../core/run/run.ts';
import { EXIT, type ExitCode, usageError } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';
import { printRuns } from '../../output/printRuns.ts';
import { namespaceOf, type RunOptions, tableOptions, withApi } from './runOptions.ts';
import { watchList } from './watchList.ts';

/** Options of `run list`. */
export interface ListOptions extends RunOptions {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly watch?: boolean;
  readonly limit?: string;
}

/** Largest page of the API. */
const PAGE = 500;

/** `endwell run list`. */
export async function list(context: CliContext, options: ListOptions): Promise<ExitCode> {
  const most = limitOf(options.limit);
  return withApi(context, options, async ({ api }) => {
    if (options.watch === true) return watchList(context, api, options);
    const runs = await readAll(api, options, most);
    if (runs.length === 0 && (options.output ?? 'table') === 'table') context.err(`${nothing(options)}\n`);
    else
      context.out(
        await printRuns(
          runs,
          options.output ?? 'table',
          tableOptions(context, options.allNamespaces === true),
        ),
      );
    return EXIT.ok;
  });
}

/** Where and which runs, as the API's query has it. */
export function scopeOf(options: ListOptions) {
  return {
    namespace: namespaceOf(options),
    allNamespaces: options.allNamespaces === true ? ('true' as const) : ('false' as const),
    ...(options.selector === undefined ? {} : { selector: options.selector }),
  };
}

async function readAll(api: ApiClient, options: ListOptions, most: number): Promise<Run[]> {
  const runs: Run[] = [];
  let cursor: string | null = null;
  do {
    const limit = Math.min(PAGE, most - runs.length);
    const at: { cursor?: string } = cursor === null ? {} : { cursor };
    const { body } = await api.call('listRuns', { query: { ...scopeOf(options), limit, ...at } });
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
