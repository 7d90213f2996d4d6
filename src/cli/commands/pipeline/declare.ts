import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { type Act, oneOf } from '../../program.ts';

/** `endwell pipeline …`. */
export function declarePipeline(program: Command, context: CliContext, act: Act): void {
  const pipeline = program
    .command('pipeline')
    .description('Ingestion pipelines of OpenMetadata: deploy, run, look at and end them')
    .helpCommand(false);
  declareMaking(pipeline, context, act);
  declareEnding(pipeline, context, act);
  declareReading(pipeline, context, act);
  declareService(pipeline, context, act);
}

function declareMaking(pipeline: Command, context: CliContext, act: Act): void {
  verb(pipeline, 'deploy', 'Deploy a pipeline: its configuration as a new revision, and its schedule')
    .argument('[fqn]', 'With --rollback: fully qualified name of the pipeline')
    .option(
      '-f, --file <file>',
      'The pipeline, or {pipeline, service}, as YAML or JSON; - for standard input',
    )
    .option('--service <file>', 'The service that it is for, where the file does not hold it')
    .option('--rollback', 'Go back to the configuration that was deployed before')
    .option('--revision <hash>', 'With --rollback: to this one')
    .action((fqn: string | undefined, _flags, command: Command) =>
      act(async () => (await import('./deploy.ts')).deploy(context, fqn, command.optsWithGlobals())),
    );
  verb(pipeline, 'run', 'Run a pipeline now')
    .argument('<fqn>', 'Fully qualified name of the pipeline')
    .option('-f, --file <file>', 'Run this pipeline, without deploying it: as for deploy')
    .option('--service <file>', 'The service that it is for, where the file does not hold it')
    .option('--config <file>', 'Laid over the configuration of an application, for this run alone')
    .action((fqn: string, _flags, command: Command) =>
      act(async () => (await import('./deploy.ts')).run(context, fqn, command.optsWithGlobals())),
    );
  verb(pipeline, 'toggle', 'Let the schedule of a pipeline run, or hold it')
    .argument('<fqn>', 'Fully qualified name of the pipeline')
    .argument('<state>', 'on or off')
    .action((fqn: string, state: string, _flags, command: Command) =>
      act(async () => (await import('./change.ts')).toggle(context, fqn, state, command.optsWithGlobals())),
    );
}

function declareEnding(pipeline: Command, context: CliContext, act: Act): void {
  verb(
    pipeline,
    'kill',
    'End the live runs of a pipeline, wait until their pods are gone and handlers have run',
  )
    .argument('<fqn>', 'Fully qualified name of the pipeline')
    .option('--run <id>', 'Only this run')
    .action((fqn: string, _flags, command: Command) =>
      act(async () => (await import('./change.ts')).kill(context, fqn, command.optsWithGlobals())),
    );
  verb(pipeline, 'delete', 'Delete a pipeline: its schedule, its runs, its configuration')
    .argument('<fqn>', 'Fully qualified name of the pipeline')
    .action((fqn: string, _flags, command: Command) =>
      act(async () => (await import('./change.ts')).remove(context, fqn, command.optsWithGlobals())),
    );
}

function declareReading(pipeline: Command, context: CliContext, act: Act): void {
  const status = pipeline.command('status').description('How the last runs of a pipeline stand');
  withNamespace(status)
    .argument('<fqn>', 'Fully qualified name of the pipeline')
    .option('--queued', 'Only those that wait to start')
    .addOption(
      oneOf('-o, --output <format>', 'How to print: table, json, yaml, name (default table)', [
        'table',
        'json',
        'yaml',
        'name',
      ]),
    )
    .action((fqn: string, _flags, command: Command) =>
      act(async () => (await import('./status.ts')).status(context, fqn, command.optsWithGlobals())),
    );
  withNamespace(pipeline.command('logs').description('Print the log of a pipeline’s last run'))
    .argument('<fqn>', 'Fully qualified name of the pipeline')
    .option('--run <id>', 'Of this run')
    .option('-f, --follow', 'Print as it is written, until the run has ended')
    .action((fqn: string, _flags, command: Command) =>
      act(async () => (await import('./logs.ts')).logs(context, fqn, command.optsWithGlobals())),
    );
}

function declareService(pipeline: Command, context: CliContext, act: Act): void {
  withNamespace(pipeline.command('host').description('Where pipelines run from')).action(
    (_flags, command: Command) =>
      act(async () => (await import('./service.ts')).host(context, command.optsWithGlobals())),
  );
  verb(pipeline, 'service-status', 'Whether pipelines can be run').action((_flags, command: Command) =>
    act(async () => (await import('./service.ts')).serviceStatus(context, command.optsWithGlobals())),
  );
}

/** A verb that prints one answer. */
function verb(pipeline: Command, name: string, description: string): Command {
  return withNamespace(pipeline.command(name).description(description)).addOption(
    oneOf('-o, --output <format>', 'How to print the answer: json, yaml (default: text)', ['json', 'yaml']),
  );
}

function withNamespace(command: Command): Command {
  return command.option('-n, --namespace <name>', 'Namespace (default: that of the server’s settings)');
}
