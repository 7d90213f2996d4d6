import { ApiError, ApiUnreachableError } from '../../../contract/apiError.ts';
import type { ApiClient } from '../../../contract/client.ts';
import type { Run } from '../../../core/run/run.ts';
import { sleep } from '../../../ports/clock.ts';
import { CliError, EXIT, type ExitCode } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';
import { describeError } from '../../describeError.ts';
import { printRun, runName } from '../../output/printRuns.ts';
import { followRun } from '../../timeline/followRun.ts';
import { type RunOptions, tableOptions, withApi } from './runOptions.ts';
import { readSubmission, type Submission, type SubmitFlags } from './submission.ts';

/** Options of `run submit`. */
export interface SubmitOptions extends RunOptions, SubmitFlags {
  readonly wait?: boolean;
}

/** A create whose answer was lost is sent again so often; the key makes sure that it makes one run. */
const TRIES = 3;
const PAUSE_MS = 500;

/** `endwell run submit`. */
export async function submit(
  context: CliContext,
  command: readonly string[],
  options: SubmitOptions,
): Promise<ExitCode> {
  const body = await readSubmission(context, options, command);
  const namespace = options.namespace ?? textOf(body.metadata?.['namespace']) ?? 'default';
  return withApi(context, options, async (connection) => {
    const { status, run } = await send(context, connection.api, namespace, body);
    const name = run.metadata.name ?? '';
    if (options.wait === true) {
      context.err(`${runName(run)} ${wordFor(status)} in namespace ${namespace}\n`);
      return followRun(context, connection, { namespace, name });
    }
    if (options.output === undefined) context.out(`${runName(run)} ${wordFor(status)}\n`);
    else context.out(await printRun(run, options.output, tableOptions(context, false)));
    return EXIT.ok;
  });
}

function wordFor(status: number): string {
  if (status === 200) return 'does this already (joined)';
  return status === 202 ? 'stored; no operator has accepted it yet' : 'created';
}

async function send(
  context: CliContext,
  api: ApiClient,
  namespace: string,
  body: Submission,
): Promise<{ readonly status: number; readonly run: Run }> {
  const headers = { 'idempotency-key': newKey(context) };
  for (let tries = 1; ; tries++) {
    try {
      // The server judges the body; the CLI knows no more of it than the user wrote.
      const answer = await api.call('submitRun', { query: { namespace }, headers, body: body as never });
      return { status: answer.status, run: answer.body };
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

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
