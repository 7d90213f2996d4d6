/** Exit codes: scripts hold on to them. */
export const EXIT = {
  ok: 0,
  /** The run, or what was asked for, failed. */
  failed: 1,
  usage: 2,
  /** The API refused the request, or the leader the run. */
  notAccepted: 3,
  cancelled: 4,
  /** No answer, or none that the API could stand by. */
  unreachable: 5,
  /** Ended by Ctrl-C: 128 + SIGINT. */
  interrupted: 130,
} as const;

/** One of the exit codes. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with one line: what failed, why, what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT.failed, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The command line itself is wrong. */
export function usageError(message: string): CliError {
  return new CliError(message, EXIT.usage);
}
