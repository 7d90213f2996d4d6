import { type ExitCode, usageError } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';
import { withApi } from '../run/runOptions.ts';
import { type PipelineOptions, placeOf, tell } from './pipelineOptions.ts';

/** Options of `pipeline kill`. */
export interface KillPipelineOptions extends PipelineOptions {
  readonly run?: string;
}

/** How long one request waits for all ends; it is repeated until all of it has ended. */
const WAIT_SECONDS = 20;

/** `endwell pipeline kill`: returns when pods are gone and handlers have run. */
export async function kill(
  context: CliContext,
  fqn: string,
  options: KillPipelineOptions,
): Promise<ExitCode> {
  return withApi(context, options, async ({ api }) => {
    const common = {
      query: placeOf(options),
      body: { waitSeconds: WAIT_SECONDS },
      signal: context.interrupted,
    };
    const ask = () =>
      options.run === undefined
        ? api.call('killPipeline', { params: { fqn }, ...common })
        : api.call('killPipelineRun', { params: { fqn, runId: options.run }, ...common });
    const first = await ask();
    let last = first;
    while (last.status === 202) {
      context.err('still ending\n');
      last = await ask();
    }
    // What was alive at first is what was ended; later answers count what was left of it.
    return tell(context, first.body, options);
  });
}

/** `endwell pipeline delete`. */
export async function remove(context: CliContext, fqn: string, options: PipelineOptions): Promise<ExitCode> {
  return withApi(context, options, async ({ api }) => {
    const answer = await api.call('deletePipeline', { params: { fqn }, query: placeOf(options) });
    return tell(context, answer.body, options);
  });
}

/** `endwell pipeline toggle`. */
export async function toggle(
  context: CliContext,
  fqn: string,
  state: string,
  options: PipelineOptions,
): Promise<ExitCode> {
  if (state !== 'on' && state !== 'off') throw usageError(`the state is "${state}"; allowed: on, off`);
  return withApi(context, options, async ({ api }) => {
    const body = { enabled: state === 'on' };
    const answer = await api.call('togglePipeline', { params: { fqn }, query: placeOf(options), body });
    return tell(context, answer.body, options);
  });
}
