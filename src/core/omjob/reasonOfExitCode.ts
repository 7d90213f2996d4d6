import type { ReasonCode } from '../reasons/catalogue.ts';

/** Exit codes above this are of a process that a signal ended, as shells and container runtimes count. */
const SIGNALS_FROM = 128;

/** The reason that an exit code alone can tell; of an OutOfMemory it says no more than that a signal ended it. */
export function reasonOfExitCode(exitCode: number | undefined): ReasonCode {
  if (exitCode === undefined) return 'Unknown';
  if (exitCode === 0) return 'Completed';
  return exitCode > SIGNALS_FROM ? 'Signal' : 'ExitCode';
}
