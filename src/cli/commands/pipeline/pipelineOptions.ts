import type { PipelineServiceAnswer } from '../../../contract/routes/pipelines.ts';
import { EXIT, type ExitCode } from '../../cliError.ts';
import type { CliContext, GlobalOptions } from '../../context.ts';

/** Options of every command about pipelines. */
export interface PipelineOptions extends GlobalOptions {
  readonly namespace?: string;
  readonly output?: 'json' | 'yaml';
}

/** The part of a query that says where. */
export function placeOf({ namespace }: Pick<PipelineOptions, 'namespace'>): { namespace?: string } {
  return namespace === undefined ? {} : { namespace };
}

/** Prints what a pipeline service answered; a code of 400 and above is a failure. */
export async function tell(
  context: CliContext,
  answer: PipelineServiceAnswer,
  { output }: PipelineOptions,
): Promise<ExitCode> {
  if (output === 'json') context.out(`${JSON.stringify(answer, null, 2)}\n`);
  else if (output === 'yaml') context.out((await import('../../output/yaml.ts')).toYaml(answer));
  else context.out(`${textOf(answer)}\n`);
  return answer.code < 400 ? EXIT.ok : EXIT.failed;
}

/** The ids of a run stand in the sentence as JSON, for older servers; people need them once, and readable. */
function textOf({ reason, runId, jobName }: PipelineServiceAnswer): string {
  const sentence = runId === undefined ? reason : reason.replace(/ - \{.*\}$/, '');
  const made = [runId && `run ${runId}`, jobName && `job ${jobName}`].filter(Boolean).join(', ');
  return made === '' ? sentence : `${sentence}: ${made}`;
}
