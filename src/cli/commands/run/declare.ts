import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { type Act, oneOf, repeatable } from '../../program.ts';

/** How one run is named. */
const NAME = 'Name of the run; omjob/NAME for an OMJob of OpenMetadata';

const FORMATS = ['table', 'json', 'yaml', 'name'] as const;

/** `endwell run …`. */
export function declareRun(program: Command, context: CliContext, act: Act): void {
  program.commandsGroup('Jobs:');
  const run = program.command('run').description('Submit, look at and end runs').helpCommand(false);
  declareSubmit(run, context, act);
  declareReading(run, context, act);
  declareEnding(run, context, act);
  declareAgain(run, context, act);
}

function declareSubmit(run: Command, context: CliContext, act: Act): void {
  const submit = printingVerb(
    run,
    'submit',
    'Create a run: -f FILE, or --image IMAGE and a command behind --',
  )
    .argument('[command...]', 'Command of the main container, behind --')
    .option('-f, --file <file>', 'Run as YAML or JSON; - for standard input')
    .option('--image <image>', 'Image of the main container')
    .option('--default-command', 'Run the image’s own command')
    .option('--name <name>', 'Name, at most 57 characters; default: a generated one')
    .option('--exit-command <shell>', 'Shell command that runs after main, whatever ended it')
    .option('--exit-image <image>', 'Image of the exit handler; default: that of main')
    .addOption(repeatable('--env <name=value>', 'Environment of the main container (repeatable)'))
    .addOption(repeatable('--label <name=value>', 'Label of the run (repeatable)'));
  waiting(specOptions(submit)).action((words: string[], _flags, command: Command) =>
    act(async () => (await import('./submit.ts')).submit(context, words, command.optsWithGlobals())),
  );
}

const WHEN_ACTIVE = ['Queue', 'Join', 'Reject', 'Replace', 'Allow'] as const;

/** What describes a run whatever its containers are. */
function specOptions(verb: Command): Command {
  return verb
    .option('--profile <name>', 'Job type')
    .option('--subject <kind/id>', 'What the run is for')
    .option('--queue <name>', 'Queue that admits it')
    .option('--priority <number>', 'The higher, the sooner it is admitted (default 0)')
    .option('--dedupe-key <text>', 'Runs of one key never overlap (default: subject and profile)')
    .addOption(
      oneOf(
        '--when-active <policy>',
        `While another of its key is active: ${WHEN_ACTIVE.join(', ')} (default Queue)`,
        WHEN_ACTIVE,
      ),
    )
    .option('--run-seconds <number>', 'Most seconds that an attempt may run')
    .option('--max-attempts <number>', 'Most attempts, disruptions apart (default 1)');
}

function waiting(verb: Command): Command {
  return verb.option(
    '--wait',
    'Follow the run; exit 0 succeeded, 1 failed, 3 not accepted, 4 cancelled, 5 API unreachable',
  );
}

function declareAgain(run: Command, context: CliContext, act: Act): void {
  waiting(printingVerb(run, 'retry', 'Run the same once more, as a new run, after an end that is no success'))
    .argument('<name>', 'Name of the run that failed, was cancelled or refused')
    .action((name: string, _flags, command: Command) =>
      act(async () => (await import('./again.ts')).retry(context, name, command.optsWithGlobals())),
    );
  const resubmit = printingVerb(
    run,
    'resubmit',
    'Make a new run from one that has ended, however it ended; flags and command change it',
  )
    .argument('<name>', 'Name of a run that has ended')
    .argument('[command...]', 'Another command for the main container, behind --')
    .option('--name <new-name>', 'Name of the new run; default: made from that of the old')
    .option('--image <image>', 'Another image for the main container')
    .addOption(repeatable('--env <name=value>', 'Environment beside the old one (repeatable)'))
    .addOption(repeatable('--label <name=value>', 'Label beside the old ones (repeatable)'));
  waiting(specOptions(resubmit)).action((name: string, words: string[], _flags, command: Command) =>
    act(async () => (await import('./again.ts')).resubmit(context, name, words, command.optsWithGlobals())),
  );
}

function declareReading(run: Command, context: CliContext, act: Act): void {
  printingVerb(run, 'list', 'List runs, the newest first; OMJobs of OpenMetadata are among them')
    .option('-A, --all-namespaces', 'In all namespaces')
    .option('-l, --selector <labels>', 'Only runs with these labels, as app=etl,tier in (a,b)')
    .option('-w, --watch', 'Go on with each new state')
    .addOption(oneOf('--kind <kind>', 'Only Run, or only OMJob (default: both)', ['Run', 'OMJob']))
    .option('--limit <number>', 'Most runs to list')
    .option('--history', 'Also runs that the cluster does not have any more')
    .action((_flags, command: Command) =>
      act(async () => (await import('./list.ts')).list(context, command.optsWithGlobals())),
    );
  printingVerb(run, 'get', 'Show one run')
    .argument('<name>', NAME)
    .action((name: string, _flags, command: Command) =>
      act(async () => (await import('./one.ts')).get(context, name, command.optsWithGlobals())),
    );
  verb(run, 'watch', 'Follow a run to its end; exits as submit --wait')
    .argument('<name>', NAME)
    .action((name: string, _flags, command: Command) =>
      act(async () => (await import('./one.ts')).watch(context, name, command.optsWithGlobals())),
    );
  printingVerb(run, 'explain', 'Say why a run isn’t running, or why it ended')
    .argument('<name>', NAME)
    .action((name: string, _flags, command: Command) =>
      act(async () => (await import('./explain.ts')).explain(context, name, command.optsWithGlobals())),
    );
  printingVerb(run, 'evidence', 'Show all that is kept of a run and its pods, also when they are gone')
    .argument('<name>', NAME)
    .action((name: string, _flags, command: Command) =>
      act(async () => (await import('./evidence.ts')).evidence(context, name, command.optsWithGlobals())),
    );
  verb(run, 'logs', 'Print the log of a container')
    .argument('<name>', NAME)
    .option('-f, --follow', 'Go on until the container ends')
    .option('--since <span>', 'Only the last 30s, 5m, 2h')
    .option('--tail <lines>', 'Only the last lines')
    .option('-c, --container <name>', 'Container (default: the main one)')
    .option('--attempt <number>', 'Attempt (default: the last)')
    .option('--stage <stage>', 'main or exit (default main)')
    .action((name: string, _flags, command: Command) =>
      act(async () => (await import('./logs.ts')).logs(context, name, command.optsWithGlobals())),
    );
}

function declareEnding(run: Command, context: CliContext, act: Act): void {
  verb(run, 'cancel', 'End a run; its exit handler runs')
    .argument('<name>', NAME)
    .option('--reason <text>', 'Why; stays with the run')
    .option('--wait', 'Wait until it has ended')
    .action((name: string, _flags, command: Command) =>
      act(async () => (await import('./one.ts')).cancel(context, name, command.optsWithGlobals())),
    );
  verb(run, 'delete', 'Delete a run: it is cancelled, its exit handler runs, then it goes')
    .argument('<name>', NAME)
    .action((name: string, _flags, command: Command) =>
      act(async () => (await import('./one.ts')).remove(context, name, command.optsWithGlobals())),
    );
}

/** A verb with the options that all of them take. */
function verb(run: Command, name: string, description: string): Command {
  return run
    .command(name)
    .description(description)
    .option('-n, --namespace <name>', 'Namespace (default "default")');
}

/** A verb that prints objects. */
function printingVerb(run: Command, name: string, description: string): Command {
  return verb(run, name, description).addOption(
    oneOf('-o, --output <format>', `How to print: ${FORMATS.join(', ')}`, FORMATS),
  );
}
