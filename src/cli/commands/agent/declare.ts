import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import type { Act } from '../../program.ts';

/** `endwell agent …`: what runs inside pods. */
export function declareAgent(program: Command, context: CliContext, act: Act): void {
  program.commandsGroup('Inside pods:');
  const agent = program
    .command('agent')
    .description('Parts of Endwell that run inside pods')
    .helpCommand(false);
  agent
    .command('exit')
    .description('Report the end of an ingestion to OpenMetadata, as its own exit_handler.py does')
    .addHelpText(
      'after',
      '\nReads the environment: config (YAML with server, token and ingestionPipelineFQN), pipelineRunId, pipelineStatus,\n' +
        'jobName, namespace. Ends with 0 when the status is stored or was final already, 1 when it could not be stored,\n' +
        '2 when something of the environment is missing.',
    )
    .action(() => act(async () => (await import('./exit.ts')).exit(context)));
}
