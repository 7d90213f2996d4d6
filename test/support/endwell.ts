import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PROGRAM = join(import.meta.dirname, '..', '..', 'dist', 'endwell.js');

/** Runs the built program; resolves with what it printed, rejects with its error and exit code. */
export function endwell(args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  return promisify(execFile)(process.execPath, [PROGRAM, ...args], { env, maxBuffer: 1 << 26 });
}
