import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { type Act, oneOf } from '../../program.ts';

/** `endwell queue …`. */
export function declareQueue(program: Command, context: CliContext, act: Act): void {
  const queue = program
    .command('queue')
    .description('Queues: how many runs may start, and which is next')
    .helpCommand(false);
  const lists = ['table', 'json', 'yaml', 'name'];
  queue
    .command('list')
    .description('List queues with their limits and what they hold, the built-in ones too')
    .option('-n, --namespace <name>', 'Namespace (default "default")')
    .option('-A, --all-namespaces', 'Of all namespaces')
    .addOption(oneOf('-o, --output <format>', `How to print: ${lists.join(', ')}`, lists))
    .action((_flags, command: Command) =>
      act(async () => (await import('./list.ts')).list(context, command.optsWithGlobals())),
    );
  queue
    .command('explain')
    .description('Say where a run stands in its queue, what holds it, and when it may start')
    .argument('<run>', 'Name of the run; omjob/NAME for an OMJob of OpenMetadata')
    .option('-n, --namespace <name>', 'Namespace (default "default")')
    .addOption(oneOf('-o, --output <format>', 'How to print: json, yaml (default: text)', ['json', 'yaml']))
    .action((name: string, _flags, command: Command) =>
      act(async () => (await import('./explain.ts')).explain(context, name, command.optsWithGlobals())),
    );
}
