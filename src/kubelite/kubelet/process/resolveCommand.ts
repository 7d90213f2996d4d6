import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';

/** A command whose program isn't there. The message is what a container runtime says. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** The absolute path of a program, by PATH unless it has a slash. Throws `CommandError`. */
export function resolveCommand(program: string, path: string, workingDir: string): string {
  if (program.includes('/')) return checked(program, resolve(workingDir, program));
  for (const folder of path.split(':')) {
    const candidate = join(isAbsolute(folder) ? folder : resolve(workingDir, folder), program);
    if (isProgram(candidate)) return candidate;
  }
  throw new CommandError(
    `unable to start container process: exec: ${JSON.stringify(program)}: executable file not found in $PATH`,
  );
}

function checked(program: string, path: string): string {
  if (isProgram(path)) return path;
  const why = isThere(path) ? 'permission denied' : `stat ${program}: no such file or directory`;
  throw new CommandError(`unable to start container process: exec: ${JSON.stringify(program)}: ${why}`);
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
