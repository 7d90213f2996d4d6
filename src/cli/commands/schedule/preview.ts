import { createColors } from 'picocolors';
import type { PreviewAnswer } from '../../../contract/routes/schedules.ts';
import { EXIT, type ExitCode, usageError } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';
import { formatAge } from '../../output/duration.ts';
import { formatTable } from '../../output/table.ts';
import { withApi } from '../run/runOptions.ts';
import { formatted, queryOf, type ScheduleOptions } from './scheduleOptions.ts';

/** Options of `schedule preview`. */
export interface PreviewOptions extends ScheduleOptions {
  readonly count?: string;
}

/** What daylight saving does to a slot, in words. */
const SHIFTS = {
  skipped: 'clocks skip it that day: it comes at the next minute that there is',
  doubled: 'clocks show it twice that day: it comes the first time',
} as const;

/** `endwell schedule preview`. */
export async function preview(context: CliContext, name: string, options: PreviewOptions): Promise<ExitCode> {
  const count = countOf(options.count);
  return withApi(context, options, async ({ api }) => {
    const { body } = await api.call('previewSchedule', {
      params: { name },
      query: { ...queryOf(options), ...count },
    });
    const format = options.output ?? 'table';
    switch (format) {
      case 'json':
      case 'yaml':
        context.out(await formatted(body, format));
        break;
      case 'name':
        context.out(body.slots.map(({ at }) => `${at}\n`).join(''));
        break;
      case 'table':
        context.out(describe(context, body));
        break;
      default:
        format satisfies never;
    }
    return EXIT.ok;
  });
}

function countOf(text: string | undefined): { count?: number } {
  if (text === undefined) return {};
  if (!/^[1-9]\d{0,2}$/.test(text) || Number(text) > 366) {
    throw usageError(`--count ${text}: it must be a whole number from 1 to 366`);
  }
  return { count: Number(text) };
}

function describe(context: CliContext, { schedule, slots }: PreviewAnswer): string {
  const { bold, dim } = createColors(context.hasColors);
  const { name, cron, timeZone, suspended, recent } = schedule;
  const now = context.clock.now();
  const table = formatTable(slots, [
    { title: 'SLOT', value: ({ at }) => at },
    { title: timeZone.toUpperCase(), value: ({ local }) => local.replace('T', ' ') },
    { title: 'IN', value: ({ at }) => formatAge(Date.parse(at) - now) },
    {
      title: 'DAYLIGHT-SAVING',
      value: ({ shift, asked }) => (shift ? `${asked.slice(11)}: ${SHIFTS[shift]}` : ''),
    },
  ]);
  const skipped = recent.filter((one) => one.skipped !== undefined);
  return [
    `${bold(`${name}: ${cron.join('; ')} (${timeZone})`)}${suspended ? ', suspended: none of these comes until it is resumed' : ''}\n`,
    table,
    ...skipped.map(({ slot, skipped: why, message }) =>
      dim(`${slot} was skipped: ${why}, ${message ?? ''}\n`),
    ),
  ].join('');
}
