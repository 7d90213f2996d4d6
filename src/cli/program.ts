import { Command, InvalidArgumentError, Option } from 'commander';
import type { ExitCode } from './cliError.ts';
import { declareAgent } from './commands/agent/declare.ts';
import { declareDrill } from './commands/drill/declare.ts';
import { declarePipeline } from './commands/pipeline/declare.ts';
import { declareQueue } from './commands/queue/declare.ts';
import { declareRun } from './commands/run/declare.ts';
import { declareSchedule } from './commands/schedule/declare.ts';
import { declareSubject } from './commands/subject/declare.ts';
import type { CliContext } from './context.ts';

/** What a command does; the code behind it is loaded only when it is called. */
export type Act = (work: () => Promise<ExitCode>) => Promise<void>;

/** The whole command line, under the name by which it was called. `act` runs a command and keeps its exit code. */
export function createProgram(context: CliContext, name: string, act: Act): Command {
  const program = new Command(name)
    .description('Runs containerised jobs on Kubernetes and makes sure that each one ends well')
    .version(context.version, '-V, --version', 'Print the version')
    .helpOption('-h, --help', 'Print help')
    .helpCommand(false)
    .option('--server <url>', 'URL of the HTTP API (ENDWELL_SERVER)')
    .option('--token <token>', 'Bearer token for the HTTP API (ENDWELL_TOKEN)')
    .option('--data <dir>', 'Data folder of endwell up (default .endwell)')
    .option('--kubeconfig <file>', 'Cluster to use (KUBECONFIG)')
    .option('--context <name>', 'Context of the kubeconfig')
    .option('--verbose', 'Print the cause of an error too')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      '\nShell completion: source <(endwell complete bash), and so for zsh, fish and powershell.',
    )
    .exitOverride()
    .configureOutput({
      writeOut: context.out,
      writeErr: context.err,
      outputError: (text, write) => write(`${usageLine(text)}\n`),
    });
  declareLocal(program, context, act);
  declareRun(program, context, act);
  declareSubject(program, context, act);
  declarePipeline(program, context, act);
  declareQueue(program, context, act);
  declareSchedule(program, context, act);
  declareCluster(program, context, act);
  declareAgent(program, context, act);
  return program;
}

function declareLocal(program: Command, context: CliContext, act: Act): void {
  program.commandsGroup('On this machine:');
  program
    .command('up')
    .description('Start Endwell with its embedded Kubernetes API; containers run as commands on this host')
    .option('--port <number>', 'Port of the HTTP API on 127.0.0.1; 0: any (ENDWELL_PORT, default 7600)')
    .option('--detach', 'Return when it is ready, and let it run in the background')
    .action((_flags, command: Command) =>
      act(async () => (await import('./commands/up.ts')).up(context, command.optsWithGlobals())),
    );
  program
    .command('down')
    .description('Cancel what runs, wait for the exit handlers, stop the running endwell up')
    .option('--keep-running', 'Leave containers running; the next endwell up takes them up again')
    .option('--timeout <seconds>', 'How long to wait for runs to end (default 330)')
    .action((_flags, command: Command) =>
      act(async () => (await import('./commands/down.ts')).down(context, command.optsWithGlobals())),
    );
}

function declareCluster(program: Command, context: CliContext, act: Act): void {
  program.commandsGroup('On a cluster:');
  program.command('operator').description('Run the operator (endwell operator --help lists its settings)');
  program.command('server').description('Run the HTTP API (endwell server --help lists its settings)');
  program
    .command('crds')
    .description('Print all CustomResourceDefinitions: endwell crds | kubectl apply --server-side -f -')
    .action(() => act(async () => (await import('./commands/crds.ts')).crds(context)));
  program
    .command('doctor')
    .description('Check cluster, CRDs, rights, operator and server; one line a check with the fix')
    .option('-n, --namespace <name>', 'Namespace whose rights are checked (default "default")')
    .action((_flags, command: Command) =>
      act(async () =>
        (await import('./commands/doctor/doctor.ts')).doctor(context, command.optsWithGlobals()),
      ),
    );
  declareDrill(program, context, act);
  const finalizers = program
    .command('finalizers')
    .description('Finalizers of Endwell on runs and pods')
    .helpCommand(false);
  finalizers
    .command('release')
    .description('Free objects when no operator runs any more')
    .option('-n, --namespace <name>', 'In this namespace')
    .option('--all', 'In all namespaces')
    .option('--yes', 'Do not ask')
    .action((_flags, command: Command) =>
      act(async () =>
        (await import('./commands/finalizersRelease.ts')).finalizersRelease(
          context,
          command.optsWithGlobals(),
        ),
      ),
    );
  program
    .command('login')
    .description('Log in by OIDC (not built yet: says what to do instead)')
    .action(() => act(async () => (await import('./commands/login.ts')).login()));
}

/** commander's own refusals as one line that looks like all others, and says where to read on. */
function usageLine(text: string): string {
  const line = text
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/[\s.]+$/, '');
  return `endwell: ${line}; --help behind a command says what it takes`;
}

/** An option that may be given several times. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, description)
    .default([] as string[], 'none')
    .argParser((value: string, previous: string[]) => [...previous, value]);
}

/** An option with a closed list of values. */
export function oneOf(flags: string, description: string, values: readonly string[]): Option {
  return new Option(flags, description).argParser((value) => {
    if (values.includes(value)) return value;
    throw new InvalidArgumentError(`allowed: ${values.join(', ')}`);
  });
}
