import { basename } from 'node:path';
import { type Command, CommanderError } from 'commander';
import { CliError, EXIT, type ExitCode } from './cliError.ts';
import type { CliContext, GlobalOptions } from './context.ts';
import { createProgram } from './program.ts';

/** What Node can wait at most; a command that takes longer has sockets open. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Runs one command line (without node and program) and resolves with its exit code. Never throws. */
export async function runCli(context: CliContext, argv: readonly string[]): Promise<ExitCode> {
  // A command may wait for nothing but timers, which alone would let Node end the process.
  const hold = context.clock.after(LONGEST_TIMER_MS, () => {}, 'hold');
  try {
    return await run(context, argv);
  } catch (error) {
    return await fail(context, argv, error);
  } finally {
    hold.cancel();
  }
}

/** kubectl runs a plugin's completion as a program of its own, with the words so far. */
const KUBECTL_COMPLETION = 'kubectl_complete-endwell';
const KUBECTL_PLUGIN = 'kubectl-endwell';

async function run(context: CliContext, given: readonly string[]): Promise<ExitCode> {
  const programName = basename(context.program.at(-1) ?? '');
  const argv = programName === KUBECTL_COMPLETION ? ['complete', '--', ...given] : given;
  const [first, ...rest] = argv;
  // kubectl's word for it.
  if (first === 'completion' && programName !== KUBECTL_COMPLETION)
    return run(context, ['complete', ...rest]);
  let code: ExitCode = EXIT.ok;
  const name = programName === KUBECTL_PLUGIN ? 'kubectl endwell' : 'endwell';
  const program = createProgram(context, name, async (work) => {
    code = await work();
  });
  if (first === 'complete') (await import('@bomb.sh/tab/commander')).default(program);
  if (argv.length === 0) {
    program.outputHelp();
    return EXIT.ok;
  }
  const called = processOf(program, argv);
  if (called !== undefined) return (await import('./commands/process.ts'))[called.name](context, called.argv);
  await program.parseAsync([...argv], { from: 'user' });
  return code;
}

/**
 * The process that a command line starts, and its flags. They are its settings, one schema for flags, variables and
 * file, so commander does not read them; what it takes before the name (`--kubeconfig F operator`) is one of them.
 */
function processOf(program: Command, argv: readonly string[]) {
  const { operands, unknown } = program.parseOptions([...argv]);
  const [name, ...more] = operands;
  if (name !== 'operator' && name !== 'server') return undefined;
  // `fail` reads it.
  const { verbose: _, ...settings } = program.opts<GlobalOptions>();
  const flags = Object.entries(settings).map(([key, value]) => `--${key}=${value}`);
  return { name, argv: [...flags, ...more, ...unknown] } as const;
}

async function fail(context: CliContext, argv: readonly string[], error: unknown): Promise<ExitCode> {
  if (error instanceof CommanderError) {
    // commander has printed its line already.
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  if (context.interrupted.aborted && !(error instanceof CliError)) return EXIT.interrupted;
  const { printError } = await import('./output/printError.ts');
  return printError(context, error, argv.includes('--verbose') ? 'with causes' : 'line');
}
