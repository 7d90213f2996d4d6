import type { PipelineRunStatus } from '../../../contract/routes/pipelines.ts';
import { EXIT, type ExitCode } from '../../cliError.ts';
import type { CliContext, GlobalOptions } from '../../context.ts';
import { formatAge } from '../../output/duration.ts';
import type { OutputFormat } from '../../output/printRuns.ts';
import { type Column, formatTable } from '../../output/table.ts';
import { withApi } from '../run/runOptions.ts';
import { placeOf } from './pipelineOptions.ts';

/** Options of `pipeline status`. */
export interface StatusOptions extends GlobalOptions {
  readonly namespace?: string;
  readonly queued?: boolean;
  readonly output?: OutputFormat;
}

/** `endwell pipeline status`. */
export async function status(context: CliContext, fqn: string, options: StatusOptions): Promise<ExitCode> {
  return withApi(context, options, async ({ api }) => {
    const queued = options.queued === true ? ('true' as const) : ('false' as const);
    const query = { ...placeOf(options), queued };
    const { body } = await api.call('pipelineStatus', { params: { fqn }, query });
    context.out(await print(body.items, options.output ?? 'table', context.clock.now()));
    if (body.items.length === 0) context.err(`no run of ${fqn} is known\n`);
    return EXIT.ok;
  });
}

async function print(
  items: readonly PipelineRunStatus[],
  format: OutputFormat,
  now: number,
): Promise<string> {
  switch (format) {
    case 'json':
      return `${JSON.stringify({ items }, null, 2)}\n`;
    case 'yaml':
      return (await import('../../output/yaml.ts')).toYaml({ items });
    case 'name':
      return items.map(({ runId }) => `${runId}\n`).join('');
    case 'table':
      return formatTable(items, columns(now));
    default:
      return format satisfies never;
  }
}

function columns(now: number): Column<PipelineRunStatus>[] {
  return [
    { title: 'RUN', value: ({ runId }) => runId },
    { title: 'STATE', value: ({ pipelineState }) => pipelineState },
    { title: 'REASON', value: ({ reason }) => reason ?? '' },
    { title: 'JOB', value: ({ jobName }) => jobName },
    { title: 'AGE', value: ({ timestamp }) => formatAge(now - timestamp) },
    { title: 'SOURCE', value: ({ source }) => source },
  ];
}
