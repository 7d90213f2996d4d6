import { ApiError, ApiUnreachableError } from '../../../contract/apiError.ts';
import type { CallAnswer } from '../../../contract/client.ts';
import type { Run } from '../../../core/run/run.ts';
import { sleep } from '../../../ports/clock.ts';
import { CliError, EXIT, type ExitCode } from '../../cliError.ts';
import type { Connection } from '../../connect/connect.ts';
import type { CliContext } from '../../context.ts';
import { describeError } from '../../describeError.ts';
import { printRun } from '../../output/printRuns.ts';
import { followRun } from '../../timeline/followRun.ts';
import { type RunOptions, tableOptions } from './runOptions.ts';

/** A create whose answer was lost is sent again so often; the key makes sure that it makes one run. */
const TRIES = 3;
const PAUSE_MS = 500;

/** What asks for a run to be made: the key makes it safe to be sent again. */
type Create = (headers: { 'idempotency-key': string }) => Promise<CallAnswer<Run>>;

/** How a made run is shown. */
export interface MadeOptions extends RunOptions {
  readonly wait?: boolean;
}

/** Says what became of the wish for a run; with `--wait` follows the run that does the work to its end. */
export async function tellMade(
  context: CliContext,
  connection: Connection,
  namespace: string,
  { status, body: run }: CallAnswer<Run>,
  options: MadeOptions,
): Promise<ExitCode> {
  const name = workerOf(run);
  const said = `run.endwell.dev/${name} ${wordFor(status)}`;
  if (options.wait === true) {
    context.err(`${said} in namespace ${namespace}\n`);
    return followRun(context, connection, { kind: 'Run', namespace, name });
  }
  if (options.output === undefined) context.out(`${said}\n`);
  else context.out(await printRun(run, options.output, tableOptions(context, false)));
  return EXIT.ok;
}

/** Name of the run that does the work: a record that joined another only points to it. */
function workerOf({ metadata, status }: Run): string {
  const joined = status?.phase === 'Refused' ? status.joined : undefined;
  return joined ?? metadata.name ?? '';
}

function wordFor(status: number): string {
  if (status === 200) return 'does this already (joined)';
  return status === 202 ? 'stored; no operator has accepted it yet' : 'created';
}

/** Sends a create until an answer comes, as long as that may help; a refusal ends with exit code 3. */
export async function create(context: CliContext, send: Create): Promise<CallAnswer<Run>> {
  const headers = { 'idempotency-key': newKey(context) };
  for (let tries = 1; ; tries++) {
    try {
      return await send(headers);
    } catch (error) {
      if (tries >= TRIES || !mayHeal(error)) throw notAccepted(error);
      await sleep(context.clock, PAUSE_MS * tries, context.interrupted);
    }
  }
}

/** A refusal by API or leader has an exit code of its own; that nobody could answer is another. */
function notAccepted(error: unknown): unknown {
  const { line, exitCode } = describeError(error);
  const isRefusal = error instanceof ApiError && exitCode !== EXIT.unreachable;
  return isRefusal ? new CliError(line, EXIT.notAccepted, { cause: error }) : error;
}

function mayHeal(error: unknown): boolean {
  if (error instanceof ApiUnreachableError) return true;
  return error instanceof ApiError && (error.code === 'ClusterUnavailable' || error.code === 'ShuttingDown');
}

/** 128 random bits. */
function newKey({ random }: CliContext): string {
  return Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
}
