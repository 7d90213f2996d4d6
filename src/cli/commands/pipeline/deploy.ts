import { type ExitCode, usageError } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';
import { withApi } from '../run/runOptions.ts';
import { type PipelineOptions, placeOf, tell } from './pipelineOptions.ts';
import { readDeployment, readEntity } from './readEntity.ts';

/** Options of `pipeline deploy`. */
export interface DeployOptions extends PipelineOptions {
  readonly file?: string;
  readonly service?: string;
  readonly rollback?: boolean;
  readonly revision?: string;
}

/** Options of `pipeline run`. */
export interface RunPipelineOptions extends PipelineOptions {
  readonly file?: string;
  readonly service?: string;
  readonly config?: string;
}

/** `endwell pipeline deploy`. */
export async function deploy(
  context: CliContext,
  fqn: string | undefined,
  options: DeployOptions,
): Promise<ExitCode> {
  if (options.rollback === true) return rollback(context, fqn, options);
  if (fqn !== undefined || options.file === undefined) {
    throw usageError('pipeline deploy needs -f FILE, or a name and --rollback');
  }
  const body = await readDeployment(context, options.file, options.service);
  return withApi(context, options, async ({ api }) => {
    const answer = await api.call('deployPipeline', { query: placeOf(options), body });
    return tell(context, answer.body, options);
  });
}

async function rollback(
  context: CliContext,
  fqn: string | undefined,
  options: DeployOptions,
): Promise<ExitCode> {
  if (fqn === undefined || options.file !== undefined) {
    throw usageError('pipeline deploy --rollback needs the name of the pipeline, and no -f FILE');
  }
  const body = options.revision === undefined ? {} : { revision: options.revision };
  return withApi(context, options, async ({ api }) => {
    const answer = await api.call('rollbackPipeline', { params: { fqn }, query: placeOf(options), body });
    return tell(context, answer.body, options);
  });
}

/** `endwell pipeline run`. */
export async function run(context: CliContext, fqn: string, options: RunPipelineOptions): Promise<ExitCode> {
  const { file, service, config } = options;
  const entities = file === undefined ? {} : await readDeployment(context, file, service);
  const override = config === undefined ? {} : { config: await readEntity(context, config) };
  return withApi(context, options, async ({ api }) => {
    const body = { ...entities, ...override };
    const answer = await api.call('runPipeline', { params: { fqn }, query: placeOf(options), body });
    return tell(context, answer.body, options);
  });
}
