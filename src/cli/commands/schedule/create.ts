import { resolve } from 'node:path';
import { EXIT, type ExitCode, usageError } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';
import { withApi } from '../run/runOptions.ts';
import { readText } from '../run/submission.ts';
import { formatted, type ScheduleOptions, scheduleName } from './scheduleOptions.ts';

/** Options of `schedule create`. */
export interface ScheduleCreateOptions extends ScheduleOptions {
  readonly file: string;
}

/** `endwell schedule create`: the server judges the file; the command line knows no more of it than its author wrote. */
export async function create(context: CliContext, options: ScheduleCreateOptions): Promise<ExitCode> {
  const body = await readSchedule(context, options.file);
  const namespace = options.namespace ?? textOf(body.metadata?.['namespace']) ?? 'default';
  return withApi(context, options, async ({ api }) => {
    const { body: made } = await api.call('createSchedule', { query: { namespace }, body: body as never });
    const { output } = options;
    if (output === 'json' || output === 'yaml') context.out(await formatted(made, output));
    else if (output === 'name') context.out(`${scheduleName(made)}\n`);
    else
      context.out(
        `schedule ${made.name} is there: endwell schedule preview ${made.name} tells what it will do\n`,
      );
    return EXIT.ok;
  });
}

async function readSchedule(
  context: CliContext,
  file: string,
): Promise<{ readonly metadata?: Readonly<Record<string, unknown>> }> {
  const shown = file === '-' ? 'standard input' : file;
  const text = file === '-' ? await context.readStdin() : await readText(resolve(context.cwd, file), shown);
  const { oneDocument } = await import('../../output/yaml.ts');
  const object = oneDocument(text, shown);
  if (typeof object === 'object' && object !== null && !Array.isArray(object)) {
    if ('kind' in object && object.kind === 'CronOMJob')
      throw usageError(
        `reading ${shown}: it holds a CronOMJob, which kubectl makes: kubectl apply -f ${file}`,
      );
    return object;
  }
  throw usageError(
    `reading ${shown}: it must hold a Schedule: apiVersion endwell.dev/v1, kind Schedule, metadata, spec`,
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
