import { createColors } from 'picocolors';
import type { QueuePlace } from '../../../contract/routes/queues.ts';
import { EXIT, type ExitCode } from '../../cliError.ts';
import type { CliContext, GlobalOptions } from '../../context.ts';
import { formatAge } from '../../output/duration.ts';
import { readRunRef, requestOf } from '../../runRef.ts';
import { withApi } from '../run/runOptions.ts';

/** Options of `queue explain`. */
export interface QueueExplainOptions extends GlobalOptions {
  readonly namespace?: string;
  readonly output?: 'json' | 'yaml';
}

/** `endwell queue explain`. */
export async function explain(
  context: CliContext,
  name: string,
  options: QueueExplainOptions,
): Promise<ExitCode> {
  return withApi(context, options, async ({ api }) => {
    const ref = readRunRef(name, options.namespace ?? 'default');
    const { body } = await api.call('explainQueue', requestOf(ref));
    if (options.output === 'json') context.out(`${JSON.stringify(body, null, 2)}\n`);
    else if (options.output === 'yaml') context.out((await import('../../output/yaml.ts')).toYaml(body));
    else context.out(describe(context, body));
    return EXIT.ok;
  });
}

function describe(context: CliContext, place: QueuePlace): string {
  const { bold, dim } = createColors(context.hasColors);
  const { run, phase, queue, position, waiting, message, estimatedStartAt, reason } = place;
  if (position === undefined) return `${bold(`${run}: ${phase}`)}\n${message} (queue ${queue})\n`;
  const headline = `${run}: ${position} of ${waiting} in queue ${queue}`;
  return [
    bold(headline),
    `${reason}: ${message}`,
    dim(
      estimatedStartAt === undefined
        ? 'When it may start can not be told yet: too few runs of the queue have ended.'
        : `It may start in about ${formatAge(Date.parse(estimatedStartAt) - context.clock.now())} (${estimatedStartAt}), going by how long the last runs took.`,
    ),
    '',
  ].join('\n');
}
