import type { ApiClient } from '../../../contract/client.ts';
import type { ScheduleAnswer } from '../../../contract/routes/schedules.ts';
import { EXIT, type ExitCode } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';
import { formatAge } from '../../output/duration.ts';
import { type Column, formatTable } from '../../output/table.ts';
import { withApi } from '../run/runOptions.ts';
import { formatted, queryOf, type ScheduleOptions, scheduleName } from './scheduleOptions.ts';

/** Options of `schedule list`. */
export interface ScheduleListOptions extends ScheduleOptions {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
}

/** `endwell schedule list`. */
export async function list(context: CliContext, options: ScheduleListOptions): Promise<ExitCode> {
  return withApi(context, options, async ({ api }) => {
    const items = await readAll(api, options);
    const format = options.output ?? 'table';
    if (items.length === 0 && format === 'table') context.err('No schedules found.\n');
    else context.out(await print(items, format, options, context.clock.now()));
    return EXIT.ok;
  });
}

async function readAll(api: ApiClient, options: ScheduleListOptions): Promise<ScheduleAnswer[]> {
  const items: ScheduleAnswer[] = [];
  const allNamespaces = options.allNamespaces === true ? ('true' as const) : ('false' as const);
  const selector = options.selector === undefined ? {} : { selector: options.selector };
  let cursor: string | null = null;
  do {
    const at: { cursor?: string } = cursor === null ? {} : { cursor };
    const { body } = await api.call('listSchedules', {
      query: { ...queryOf(options), ...selector, ...at, allNamespaces, limit: 500 },
    });
    items.push(...body.items);
    cursor = body.nextCursor;
  } while (cursor !== null);
  return items;
}

async function print(
  items: readonly ScheduleAnswer[],
  format: NonNullable<ScheduleOptions['output']>,
  options: ScheduleListOptions,
  now: number,
): Promise<string> {
  switch (format) {
    case 'json':
    case 'yaml':
      return formatted({ items }, format);
    case 'name':
      return items.map((item) => `${scheduleName(item)}\n`).join('');
    case 'table':
      return formatTable(items, columns(options.allNamespaces === true, now));
    default:
      return format satisfies never;
  }
}

function columns(withNamespace: boolean, now: number): Column<ScheduleAnswer>[] {
  const namespace = { title: 'NAMESPACE', value: (item: ScheduleAnswer) => item.namespace };
  return [
    ...(withNamespace ? [namespace] : []),
    { title: 'NAME', value: ({ name }) => name },
    { title: 'CRON', value: ({ cron }) => cron.join('; ') },
    { title: 'ZONE', value: ({ timeZone }) => timeZone },
    { title: 'NEXT', value: (item) => item.nextSlot ?? whyNone(item) },
    {
      title: 'IN',
      value: ({ nextSlot }) => (nextSlot === null ? '' : formatAge(Date.parse(nextSlot) - now)),
    },
    { title: 'ACTIVE', value: ({ active }) => String(active.length) },
    { title: 'LAST', value: lastOf },
  ];
}

function whyNone({ suspended, problem }: ScheduleAnswer): string {
  if (problem !== null) return `not valid: ${problem}`;
  return suspended ? 'suspended' : '';
}

function lastOf({ recent }: ScheduleAnswer): string {
  const last = recent.at(-1);
  return last === undefined ? '' : `${last.slot} ${last.run ?? last.skipped ?? ''}`;
}
