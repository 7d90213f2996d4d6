import { createColors } from 'picocolors';
import type { ExitCode } from '../cliError.ts';
import type { CliContext } from '../context.ts';
import { describeError } from '../describeError.ts';

/** Prints an error as one line, with its causes where they are wanted, and gives the exit code. */
export function printError(context: CliContext, error: unknown, detail: 'line' | 'with causes'): ExitCode {
  const { line, exitCode } = describeError(error);
  context.err(`${createColors(context.hasColors).red('endwell:')} ${line}\n`);
  if (detail === 'with causes') context.err(causes(error));
  context.tellParent?.({ error: line });
  return exitCode;
}

function causes(error: unknown): string {
  const lines: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause)
    lines.push(`  caused by ${at.stack ?? at.message}\n`);
  return lines.join('');
}
