import { ApiError, ApiUnreachableError } from '../contract/apiError.ts';
import { sayField } from '../contract/fieldProblem.ts';
import { problemKinds } from '../contract/problemCodes.ts';
import { CliError, EXIT, type ExitCode } from './cliError.ts';

/** An error as the user meets it. */
export interface ShownError {
  /** What failed, why, what to do. */
  readonly line: string;
  readonly exitCode: ExitCode;
}

/** Puts any error into one line and an exit code. */
export function describeError(error: unknown): ShownError {
  if (error instanceof CliError) return { line: oneLine(error.message), exitCode: error.exitCode };
  if (error instanceof ApiError) return fromApi(error);
  if (error instanceof ApiUnreachableError) {
    return {
      line: oneLine(
        `${error.message}; is endwell up or endwell server running there? endwell doctor says more`,
      ),
      exitCode: EXIT.unreachable,
    };
  }
  return { line: oneLine(error instanceof Error ? error.message : String(error)), exitCode: EXIT.failed };
}

function fromApi(error: ApiError): ShownError {
  const others = error.problems.slice(1).map(({ field, message }) => sayField(field, message));
  const retry = error.retryAt === undefined ? '' : `; try again after ${error.retryAt}`;
  const all = [`${error.detail}${retry}`, ...others].join('; ');
  // What stands behind a semicolon is already what to do.
  const saysWhatToDo = error.problems.length > 0 || all.includes('; ');
  const next = saysWhatToDo ? '' : ` (${problemKinds[error.code].next.replaceAll('`', '')})`;
  const isRefusal = error.status < 500 && error.status !== 401;
  // Parameters of a query have the names of the flags that they come from.
  const line = oneLine(`${all}${next}`).replaceAll(/\bquery\.(?=[a-z])/g, '--');
  return { line, exitCode: isRefusal ? EXIT.failed : EXIT.unreachable };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' ').trim();
}
