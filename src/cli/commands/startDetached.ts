import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { CliError, EXIT, type ExitCode } from '../cliError.ts';
import type { CliContext } from '../context.ts';
import { readUpState } from '../local/upState.ts';
import { readyText } from './up.ts';

/** Variable by which `up --detach` tells its child that somebody waits for its word (read in main.ts). */
const PARENT_WAITS = 'ENDWELL_PARENT_WAITS';

/** Starts `up` in a session of its own and returns once it is ready; throws what kept it from that. */
export async function startDetached(context: CliContext, dataDir: string, port: number): Promise<ExitCode> {
  const output = openSync(join(dataDir, 'up.out'), 'a', 0o600);
  const [node = '', ...program] = context.program;
  const child = spawn(node, [...program, 'up', '--data', dataDir, '--port', String(port)], {
    cwd: context.cwd,
    env: { ...context.env, [PARENT_WAITS]: '1' },
    detached: true,
    stdio: ['ignore', output, output, 'ipc'],
  });
  closeSync(output);
  await ready(child, context.interrupted);
  child.disconnect();
  child.unref();
  const state = await readUpState(dataDir);
  const kubeconfig = join(dataDir, 'kubeconfig');
  context.out(readyText({ url: state?.url ?? '', kubeconfig, log: join(dataDir, 'endwell.log') }));
  context.out(`  It runs in the background (process ${child.pid}). End it: endwell down --data ${dataDir}\n`);
  return EXIT.ok;
}

/** Resolves when it is ready. Whoever is interrupted before that leaves nothing behind: the child ends first. */
function ready(child: ChildProcess, interrupted: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => void child.kill('SIGTERM');
    if (interrupted.aborted) end();
    interrupted.addEventListener('abort', end, { once: true });
    child.once('error', (cause) =>
      reject(new CliError('starting endwell up in the background', EXIT.failed, { cause })),
    );
    child.once('exit', (code, signal) =>
      reject(
        new CliError(
          `endwell up ended before it was ready (${signal ?? `exit code ${code}`}); see up.out in the data folder`,
        ),
      ),
    );
    child.once('message', (message) => {
      const { ready: isReady, error } = message as { ready?: boolean; error?: string };
      if (interrupted.aborted) return;
      interrupted.removeEventListener('abort', end);
      if (isReady === true) resolve();
      else reject(new CliError(error ?? 'endwell up failed to start'));
    });
  });
}
