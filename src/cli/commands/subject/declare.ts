import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { type Act, oneOf } from '../../program.ts';

/** `endwell subject …`. */
export function declareSubject(program: Command, context: CliContext, act: Act): void {
  program
    .command('subject')
    .description('What runs are for: a connection, a pipeline, a build target')
    .helpCommand(false)
    .command('kill')
    .description('End every live run of a subject, wait until all have ended, say what was ended')
    .argument('<kind/id>', 'The subject, as connection/7f3c')
    .option('-n, --namespace <name>', 'Namespace (default "default")')
    .option('--foreign', 'Also pods that carry its label, or connection_id, and belong to no run')
    .addOption(oneOf('-o, --output <format>', 'How to print what was ended: json, yaml', ['json', 'yaml']))
    .action((subject: string, _flags, command: Command) =>
      act(async () => (await import('./kill.ts')).kill(context, subject, command.optsWithGlobals())),
    );
}
