import { ApiUnreachableError } from '../../../contract/apiError.ts';
import type { ApiClient } from '../../../contract/client.ts';
import { logHeaders } from '../../../contract/logAnswer.ts';
import { sleep } from '../../../ports/clock.ts';
import { CliError, EXIT, type ExitCode } from '../../cliError.ts';
import type { CliContext, GlobalOptions } from '../../context.ts';
import { withApi } from '../run/runOptions.ts';
import { placeOf } from './pipelineOptions.ts';

/** Options of `pipeline logs`. */
export interface PipelineLogsOptions extends GlobalOptions {
  readonly namespace?: string;
  readonly run?: string;
  readonly follow?: boolean;
}

/** Before a connection that broke is made again, ms. */
const PAUSE_MS = 500;
/** Lost connections in a row without a byte between them. */
const MOST_BREAKS = 20;

/** `endwell pipeline logs`: page after page, so that a log of any length fits. */
export async function logs(
  context: CliContext,
  fqn: string,
  options: PipelineLogsOptions,
): Promise<ExitCode> {
  return withApi(context, options, async ({ api }) => {
    const which = options.run === undefined ? {} : { runId: options.run };
    if (options.follow === true) return follow(context, api, fqn, { ...placeOf(options), ...which });
    let after: string | undefined;
    do {
      const query = { ...placeOf(options), ...which, ...(after === undefined ? {} : { after }) };
      const { body } = await api.call('pipelineLogs', {
        params: { fqn },
        query,
        signal: context.interrupted,
      });
      const { total, after: next, ...texts } = body;
      if (total === undefined) throw new CliError(Object.values(texts).join('; '));
      context.out(Object.values(texts).join(''));
      after = next;
    } while (after !== undefined);
    return EXIT.ok;
  });
}

/** The log from its beginning to the end of the run. After a connection that broke, what is printed already is left out. */
async function follow(
  context: CliContext,
  api: ApiClient,
  fqn: string,
  where: { readonly namespace?: string; readonly runId?: string },
): Promise<ExitCode> {
  const so = { runId: where.runId, printed: 0, breaks: 0 };
  while (!context.interrupted.aborted) {
    try {
      await printOn(context, api, { params: { fqn }, query: where }, so);
      return EXIT.ok;
    } catch (error) {
      if (context.interrupted.aborted) break;
      so.breaks += 1;
      if (!(error instanceof ApiUnreachableError) || so.breaks > MOST_BREAKS) throw error;
    }
    await sleep(context.clock, PAUSE_MS, context.interrupted).catch(() => {});
  }
  return EXIT.ok;
}

/** How far a log was followed: of which run, as the last one may be another by and by, and how many bytes are printed. */
interface Followed {
  runId: string | undefined;
  printed: number;
  breaks: number;
}

async function printOn(
  context: CliContext,
  api: ApiClient,
  { params, query }: { readonly params: { fqn: string }; readonly query: { readonly namespace?: string } },
  so: Followed,
): Promise<void> {
  const which = so.runId === undefined ? {} : { runId: so.runId };
  // What runs may write nothing for hours.
  const wish = { query: { ...query, ...which, follow: 'true' as const }, silenceMs: 0 };
  const answer = await api.open('pipelineLogs', { params, ...wish, signal: context.interrupted });
  so.runId = answer.header(logHeaders.run) ?? so.runId;
  let toDrop = so.printed;
  for await (const chunk of answer.bytes) {
    const fresh = chunk.subarray(Math.min(toDrop, chunk.length));
    toDrop -= chunk.length - fresh.length;
    if (fresh.length === 0) continue;
    context.outBytes(fresh);
    so.printed += fresh.length;
    so.breaks = 0;
  }
}
