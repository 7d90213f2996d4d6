import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Reads a whole text file; rejects with the system's error (`code` ENOENT, EACCES, …). */
export type ReadFile = (path: string) => Promise<string>;

/** A command to run to its end; its environment is exactly `env`. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How a command ended. `code` is null when a signal ended it. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command without a terminal; rejects when it can't be started (`code` ENOENT). */
export type RunCommand = (command: Command) => Promise<CommandResult>;

/** A plugin that opens a browser may wait for a person; nobody waits longer than this, in ms. */
const COMMAND_TIMEOUT_MS = 120_000;
/** A credential is some kilobytes; more output is not one. */
const MAX_OUTPUT_BYTES = 1_048_576;

/** The machine's own files. */
export const readTextFile: ReadFile = (path) => readFile(path, 'utf8');

/** The machine's own programs. */
export const runProgram: RunCommand = ({ command, args, env }) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: COMMAND_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
        if (output[name].length > MAX_OUTPUT_BYTES) child.kill('SIGKILL');
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...output }));
  });
