import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program that serves while a test runs; `stop` sends the signal and resolves once it has ended. */
export interface Daemon {
  readonly output: () => string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a program in the background. */
export function startDaemon(
  command: string,
  args: readonly string[],
  options: { uid?: number; gid?: number } = {},
): Daemon {
  const child: ChildProcess = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  const keep = (chunk: Buffer) => {
    output += chunk.toString('utf8');
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  child.on('error', (error) => {
    output += error.message;
  });
  return {
    output: () => output,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      child.kill(signal);
      await once(child, 'exit');
    },
  };
}
