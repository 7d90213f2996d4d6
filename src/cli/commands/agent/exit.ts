import { EXIT, type ExitCode } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';

const CODES = { stored: EXIT.ok, failed: EXIT.failed, incomplete: EXIT.usage } as const;

/** `endwell agent exit`: lines about what it did, on standard output. */
export async function exit(context: CliContext): Promise<ExitCode> {
  const { env, send, interrupted } = context;
  const say = (line: string) => context.out(`${line}\n`);
  return CODES[await context.services.reportExit({ env, send, interrupted, say })];
}
