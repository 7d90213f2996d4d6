import type { QueueAnswer } from '../../../contract/routes/queues.ts';
import { EXIT, type ExitCode } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';
import { formatAge } from '../../output/duration.ts';
import { type Column, formatTable } from '../../output/table.ts';
import { namespaceOf, type RunOptions, withApi } from '../run/runOptions.ts';

/** Options of `queue list`. */
export interface QueueListOptions extends RunOptions {
  readonly allNamespaces?: boolean;
}

/** `endwell queue list`. */
export async function list(context: CliContext, options: QueueListOptions): Promise<ExitCode> {
  return withApi(context, options, async ({ api }) => {
    const allNamespaces = options.allNamespaces === true ? ('true' as const) : ('false' as const);
    const { body } = await api.call('listQueues', {
      query: { namespace: namespaceOf(options), allNamespaces },
    });
    context.out(await print(body.items, options.output ?? 'table', context.clock.now()));
    return EXIT.ok;
  });
}

async function print(
  queues: readonly QueueAnswer[],
  format: NonNullable<RunOptions['output']>,
  now: number,
): Promise<string> {
  switch (format) {
    case 'json':
      return `${JSON.stringify({ items: queues }, null, 2)}\n`;
    case 'yaml':
      return (await import('../../output/yaml.ts')).toYaml({ items: queues });
    case 'name':
      return queues.map(({ name }) => `queue.endwell.dev/${name}\n`).join('');
    case 'table':
      return formatTable(queues, columns(now));
    default:
      return format satisfies never;
  }
}

/** A limit that is not set shows as `-`. */
function columns(now: number): Column<QueueAnswer>[] {
  const number = (value: number | undefined) => (value === undefined ? '' : String(value));
  return [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'NAMESPACE', value: ({ namespace }) => namespace ?? '(built in)' },
    { title: 'RUNNING', value: ({ running }) => String(running) },
    { title: 'MAX', value: ({ spec }) => number(spec.maxRunning) },
    { title: 'PER-NAMESPACE', value: ({ spec }) => number(spec.maxRunningPerNamespace) },
    { title: 'PER-SUBJECT', value: ({ spec }) => number(spec.maxRunningPerSubject) },
    { title: 'QUEUED', value: ({ queued }) => String(queued) },
    { title: 'MAX-QUEUED', value: ({ spec }) => number(spec.maxQueued) },
    { title: 'WHEN-FULL', value: ({ spec }) => spec.whenFull ?? 'Queue' },
    { title: 'ORDER', value: ({ spec }) => spec.order ?? 'Priority' },
    {
      title: 'OLDEST',
      value: ({ oldestQueuedAt }) =>
        oldestQueuedAt === null ? '' : formatAge(now - Date.parse(oldestQueuedAt)),
    },
  ];
}
