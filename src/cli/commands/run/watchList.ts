import { ApiError, ApiUnreachableError } from '../../../contract/apiError.ts';
import { readSse } from '../../../contract/sse.ts';
import type { Run } from '../../../core/run/run.ts';
import { sleep } from '../../../ports/clock.ts';
import { EXIT, type ExitCode } from '../../cliError.ts';
import type { Connection } from '../../connect/connect.ts';
import type { CliContext } from '../../context.ts';
import { runColumns, runName } from '../../output/printRuns.ts';
import { formatTable } from '../../output/table.ts';
import { type ListOptions, scopeOf } from './list.ts';
import { tableOptions } from './runOptions.ts';

/** Between two tries to reach the API again. */
const PAUSE_MS = 1_000;
const WAITS = 'waiting for the server to come back (Ctrl-C ends that)';

/**
 * Prints each run that exists, then each new state as it comes, until Ctrl-C. A server that goes away is waited for, and looked for
 * anew: that is said in one line.
 */
export async function watchList(
  context: CliContext,
  connection: Pick<Connection, 'api' | 'refind'>,
  options: ListOptions,
): Promise<ExitCode> {
  const print = await printer(context, options);
  let { api } = connection;
  let lastId: string | undefined;
  let state: 'new' | 'open' | 'lost' = 'new';
  while (!context.interrupted.aborted) {
    try {
      const headers = lastId === undefined ? {} : { 'last-event-id': lastId };
      const query = scopeOf(options);
      const stream = await api.open('stream', { query, headers, signal: context.interrupted });
      if (state === 'lost') context.err(`the server is back, at ${api.baseUrl}\n`);
      state = 'open';
      for await (const { event, data, id } of readSse(stream.bytes)) {
        lastId = id ?? lastId;
        if (event === 'run' || event === 'deleted') print(JSON.parse(data) as Run, event);
      }
    } catch (error) {
      if (context.interrupted.aborted) break;
      if (!isPassing(error) || state === 'new') throw error;
      if (state === 'open') context.err(`${(error as Error).message}; ${WAITS}\n`);
      state = 'lost';
    }
    await sleep(context.clock, PAUSE_MS, context.interrupted).catch(() => {});
    if (state === 'lost') api = (await connection.refind?.()) ?? api;
  }
  return EXIT.ok;
}

/** Nobody is there, or one who says so: it stops, or does not reach its cluster. */
function isPassing(error: unknown): boolean {
  return error instanceof ApiUnreachableError || (error instanceof ApiError && error.status === 503);
}

type Print = (run: Run, event: 'run' | 'deleted') => void;

/** A run that is told of again with nothing new to show, as one whose finalizer went, is not printed again. */
async function printer(context: CliContext, options: ListOptions): Promise<Print> {
  const print = await printerOf(context, options);
  const last = new Map<string, string>();
  return (run, event) => {
    const { uid = '' } = run.metadata;
    const shown = `${event} ${stateOf(run, options.output ?? 'table')}`;
    if (last.get(uid) === shown) return;
    if (event === 'deleted') last.delete(uid);
    else last.set(uid, shown);
    print(run, event);
  };
}

/** The same text for two states of a run that print alike, but for the age. */
function stateOf(run: Run, format: NonNullable<ListOptions['output']>): string {
  if (format !== 'table') return String(run.status?.revision ?? 0);
  const columns = runColumns({ now: 0, withNamespace: false }).filter(({ title }) => title !== 'AGE');
  return JSON.stringify(columns.map(({ value }) => value(run)));
}

async function printerOf(context: CliContext, options: ListOptions): Promise<Print> {
  const format = options.output ?? 'table';
  switch (format) {
    case 'json':
      return (run) => context.out(`${JSON.stringify(run)}\n`);
    case 'yaml': {
      const { toYaml } = await import('../../output/yaml.ts');
      return (run) => context.out(`---\n${toYaml(run)}`);
    }
    case 'name':
      return (run) => context.out(`${runName(run)}\n`);
    case 'table':
      return tablePrinter(context, options.allNamespaces === true);
    default:
      return format satisfies never;
  }
}

/** Lines cannot be aligned with lines to come; each keeps its columns at a usual width. */
function tablePrinter(context: CliContext, withNamespace: boolean): Print {
  let titled = false;
  return (run, event) => {
    const columns = runColumns(tableOptions(context, withNamespace));
    const shown = columns.map((column) =>
      column.title === 'PHASE' && event === 'deleted' ? { ...column, value: () => 'Deleted' } : column,
    );
    const [title, line] = formatTable([run], shown.map(padded)).split('\n');
    if (!titled) context.out(`${title}\n`);
    titled = true;
    context.out(`${line}\n`);
  };
}

const WIDTHS: Readonly<Record<string, number>> = {
  NAME: 32,
  NAMESPACE: 16,
  PHASE: 9,
  REASON: 16,
  SUBJECT: 24,
};

function padded<T extends { readonly title: string }>(column: T): T {
  return { ...column, title: column.title.padEnd(WIDTHS[column.title] ?? column.title.length) };
}
