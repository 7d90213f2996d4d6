import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { type Act, oneOf } from '../../program.ts';

/** `endwell schedule …`. */
export function declareSchedule(program: Command, context: CliContext, act: Act): void {
  const schedule = program
    .command('schedule')
    .description('Schedules: what runs when, and what came of the last slots')
    .helpCommand(false);
  listed(schedule.command('list').description('List schedules with their next slot'), [
    'table',
    'json',
    'yaml',
    'name',
  ])
    .option('-A, --all-namespaces', 'Of all namespaces')
    .option('-l, --selector <selector>', 'Only with these labels')
    .action((_flags, command: Command) =>
      act(async () => (await import('./list.ts')).list(context, command.optsWithGlobals())),
    );
  listed(
    schedule
      .command('preview')
      .description(
        'Print the next slots, those marked that daylight saving moves, and the last ones that were skipped',
      ),
    ['table', 'json', 'yaml', 'name'],
  )
    .argument('<name>', 'Name of the schedule')
    .option('--count <number>', 'How many slots (default 30)')
    .action((name: string, _flags, command: Command) =>
      act(async () => (await import('./preview.ts')).preview(context, name, command.optsWithGlobals())),
    );
  schedule
    .command('create')
    .description('Create a schedule from a file')
    .requiredOption('-f, --file <file>', 'A Schedule as YAML or JSON; - reads standard input')
    .option('-n, --namespace <name>', 'Namespace (default: that of the file, else "default")')
    .addOption(oneOf('-o, --output <format>', 'How to print: json, yaml, name', ['json', 'yaml', 'name']))
    .action((_flags, command: Command) =>
      act(async () => (await import('./create.ts')).create(context, command.optsWithGlobals())),
    );
  for (const [verb, description] of CHANGES) {
    listed(schedule.command(verb).description(description), ['json', 'yaml', 'name'])
      .argument('<name>', 'Name of the schedule')
      .action((name: string, _flags, command: Command) =>
        act(async () => (await import('./change.ts')).change(context, verb, name, command.optsWithGlobals())),
      );
  }
}

const CHANGES = [
  ['trigger', 'Make a run now, whatever the slots say'],
  ['suspend', 'Make nothing at the slots that come; what runs goes on'],
  ['resume', 'Count slots from now on; what came meanwhile is not made up'],
] as const;

function listed(command: Command, formats: readonly string[]): Command {
  return command
    .option('-n, --namespace <name>', 'Namespace (default "default")')
    .addOption(oneOf('--kind <kind>', 'Schedule (default) or CronOMJob', ['Schedule', 'CronOMJob']))
    .addOption(oneOf('-o, --output <format>', `How to print: ${formats.join(', ')}`, formats));
}
