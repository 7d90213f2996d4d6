import { resolve } from 'node:path';
import { ApiError } from '../../contract/apiError.ts';
import { type ApiClient, createApiClient } from '../../contract/client.ts';
import { isTerminal } from '../../core/run/phases.ts';
import type { Run } from '../../core/run/run.ts';
import { sleep } from '../../ports/clock.ts';
import { CliError, EXIT, type ExitCode, usageError } from '../cliError.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import { describeError } from '../describeError.ts';
import { DEFAULT_DATA, isRunning, readUpState, removeUpState, type UpState } from '../local/upState.ts';
import { requestOf } from '../runRef.ts';
import { runStates } from '../timeline/runStates.ts';

/** Options of `down`. */
export interface DownFlags extends GlobalOptions {
  readonly keepRunning?: boolean;
  readonly timeout?: string;
}

/** An exit handler has 300 s by default; with three tries it may take longer, then down says so. */
const DEFAULT_TIMEOUT_SECONDS = 330;
/** Looking whether another process has gone can only be asked again and again. */
const LOOK_MS = 50;
/**
 * Stopping takes a second or two; a machine that is busy with other things was seen to need 50. Beyond this a disk hangs.
 */
const STOP_MS = 120_000;

/**
 * `endwell down`: cancels what runs, waits until every exit handler is through, then ends the process: nothing is left
 * running. With `--keep-running` containers go on, to be taken up again by the next `up`.
 */
export async function down(context: CliContext, options: DownFlags): Promise<ExitCode> {
  const dataDir = resolve(context.cwd, options.data ?? context.env['ENDWELL_DATA'] ?? DEFAULT_DATA);
  const timeoutMs = timeoutOf(options.timeout) * 1000;
  const state = await readUpState(dataDir);
  if (state === undefined || !isRunning(state)) {
    await removeUpState(dataDir);
    context.out(`no endwell runs on ${dataDir}\n`);
    return EXIT.ok;
  }
  const api = createApiClient({ baseUrl: state.url, token: state.token, send: context.send });
  const live = await liveRuns(api, state);
  if (options.keepRunning !== true) await endRuns(context, api, live, timeoutMs);
  await endProcess(context, state);
  await removeUpState(dataDir);
  const left =
    options.keepRunning === true && live.length > 0 ? `; ${count(live)} with the next endwell up` : '';
  context.out(`endwell on ${dataDir} has stopped${left}\n`);
  return EXIT.ok;
}

function count({ length }: readonly Run[]): string {
  return length === 1 ? '1 run goes on' : `${length} runs go on`;
}

function timeoutOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_TIMEOUT_SECONDS;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw usageError(`--timeout ${text}: it must be a whole number of seconds`);
}

/** Also proves that the process is ours: a stale file may name a process that has nothing to do with us. */
async function liveRuns(api: ApiClient, state: UpState): Promise<Run[]> {
  const live: Run[] = [];
  try {
    let cursor: string | null = null;
    do {
      const at: { cursor?: string } = cursor === null ? {} : { cursor };
      const { body } = await api.call('listRuns', { query: { allNamespaces: 'true', limit: 500, ...at } });
      live.push(...body.items.filter((run) => !isTerminal(run.status?.phase)));
      cursor = body.nextCursor;
    } while (cursor !== null);
    return live;
  } catch (cause) {
    if (cause instanceof ApiError && cause.code !== 'Unauthenticated') throw cause;
    throw new CliError(
      `process ${state.pid} does not answer at ${state.url}: if it is endwell up, end it by kill ${state.pid}`,
      EXIT.unreachable,
      { cause },
    );
  }
}

async function endRuns(
  context: CliContext,
  api: ApiClient,
  runs: readonly Run[],
  timeoutMs: number,
): Promise<void> {
  if (runs.length === 0) return;
  context.out(
    `cancelling ${runs.length} ${runs.length === 1 ? 'run' : 'runs'} and waiting for the exit handlers\n`,
  );
  const late = new AbortController();
  const timer = context.clock.after(timeoutMs, () => late.abort(new Error('too slow')));
  const signal = AbortSignal.any([late.signal, context.interrupted]);
  try {
    await Promise.all(runs.map((run) => endRun(context, api, run, signal)));
  } catch (cause) {
    if (!signal.aborted) throw notCancelled(cause);
    throw new CliError(
      'waiting for runs to end: some have not; look at them by endwell run list, or leave them running by endwell down --keep-running',
      EXIT.failed,
      { cause },
    );
  } finally {
    timer.cancel();
  }
}

/** A server that can store nothing, as on a full disk, can cancel nothing; it can be ended all the same. */
function notCancelled(cause: unknown): CliError {
  const { line, exitCode } = describeError(cause);
  return new CliError(
    `cancelling runs: ${line}; endwell down --keep-running ends it without, and the next endwell up goes on with them`,
    exitCode,
    { cause },
  );
}

async function endRun(
  context: CliContext,
  api: ApiClient,
  { kind, metadata }: Run,
  signal: AbortSignal,
): Promise<void> {
  const ref = { kind, namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
  try {
    await api.call('cancelRun', { ...requestOf(ref), body: { reason: 'endwell down' }, signal });
    const states = runStates(context, api, ref, signal);
    while ((await states.next()).done !== true);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
}

async function endProcess(context: CliContext, state: UpState): Promise<void> {
  const { pid } = state;
  process.kill(pid, 'SIGTERM');
  const until = context.clock.monotonic() + STOP_MS;
  while (isRunning(state)) {
    if (context.clock.monotonic() > until) {
      throw new CliError(
        `process ${pid} has not stopped within ${STOP_MS / 1000} s: end it by kill -9 ${pid}; stored data stays whole`,
      );
    }
    await sleep(context.clock, LOOK_MS, context.interrupted);
  }
}
