import { spawn } from 'node:child_process';
import type { ExecResult } from '../life/sandbox.ts';
import type { Launch } from './launch.ts';
import { signalGroup } from './processTable.ts';
import { resolveCommand } from './resolveCommand.ts';

/** Of the output so much is kept; Kubernetes' limit for probes. */
const OUTPUT_BYTES = 10 * 1024;

/** Runs a command in a container's surroundings; its group is killed when `signal` is aborted, and that is thrown. */
export function execCommand(launch: Launch, signal: AbortSignal): Promise<ExecResult> {
  const [program = '', ...args] = launch.command;
  const path = resolveCommand(program, launch.env['PATH'] ?? '', launch.workingDir);
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(path, args, {
      cwd: launch.workingDir,
      env: { ...launch.env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = Buffer.alloc(0);
    const keep = (chunk: Buffer) => {
      if (output.length < OUTPUT_BYTES) output = Buffer.concat([output, chunk]).subarray(0, OUTPUT_BYTES);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const kill = () => {
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', kill, { once: true });
    child.once('error', reject);
    child.once('exit', (code) => {
      signal.removeEventListener('abort', kill);
      resolve({ exitCode: code ?? 137, output: output.toString() });
    });
  });
}
