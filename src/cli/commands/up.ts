import { existsSync } from 'node:fs';
import { access, constants, mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { processIdentity } from '../../ports/processIdentity.ts';
import { CliError, EXIT, type ExitCode, usageError } from '../cliError.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import {
  DEFAULT_DATA,
  isRunning,
  readUpState,
  removeUpState,
  writePrivate,
  writeUpState,
} from '../local/upState.ts';
import type { RunningUp } from '../services.ts';
import { interruption } from './process.ts';
import { startDetached } from './startDetached.ts';

/** Options of `up`. */
export interface UpFlags extends GlobalOptions {
  readonly port?: string;
  readonly detach?: boolean;
}

/** Port of the HTTP API unless `--port` says otherwise; of no well-known service. */
export const DEFAULT_PORT = 7600;

/** `endwell up`: kubelite, operator and server in this process, until SIGTERM or Ctrl-C. */
export async function up(context: CliContext, options: UpFlags): Promise<ExitCode> {
  const dataDir = resolve(context.cwd, options.data ?? context.env['ENDWELL_DATA'] ?? DEFAULT_DATA);
  const port = portOf(options.port ?? context.env['ENDWELL_PORT']);
  await refuseSecond(dataDir);
  await makeFolder(dataDir);
  if (options.detach === true) return startDetached(context, dataDir, port);
  const running = await context.services.startUp({ dataDir, port, version: context.version });
  try {
    await announce(context, dataDir, running);
    await interruption(context);
    context.out(
      'stopping; running containers go on and are taken up again by the next endwell up on this folder\n',
    );
  } finally {
    await running.stop();
    await removeUpState(dataDir);
  }
  return EXIT.ok;
}

function portOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw usageError(`--port ${text}: it must be a number from 0 (any free port) to 65535`);
}

async function refuseSecond(dataDir: string): Promise<void> {
  const other = await readUpState(dataDir);
  if (other === undefined || !isRunning(other) || other.pid === process.pid) return;
  throw new CliError(
    `starting on ${dataDir}: endwell runs there already (process ${other.pid}, ${other.url}); end it by endwell down, or choose another folder by --data`,
  );
}

async function makeFolder(dataDir: string): Promise<void> {
  try {
    await makeFolders(dataDir);
    await access(dataDir, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reasons: Record<string, string> = {
      EACCES: 'this user may not write there',
      ENOENT: 'no folder can be made there',
      ENOSPC: 'the disk is full',
      EEXIST: 'it is a file, not a folder',
      ENOTDIR: 'part of the path is a file',
      EROFS: 'the file system is read-only',
    };
    throw new CliError(`making the data folder ${dataDir}: ${reasons[code ?? ''] ?? message}`, EXIT.failed, {
      cause,
    });
  }
}

/** Node's own recursive mkdir never returns where a folder takes no folders (/proc), and calls a read-only disk ENOENT. */
async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || existsSync(parent)) throw error;
    await makeFolders(parent);
    await mkdir(path, { mode: 0o700 });
  }
}

async function announce(context: CliContext, dataDir: string, running: RunningUp): Promise<void> {
  const { url, healthUrl, kubernetesUrl, token } = running;
  const kubeconfig = await writePrivate(dataDir, 'kubeconfig', running.kubeconfig);
  const { version } = context;
  const { pid } = process;
  const name = processIdentity(pid);
  await writeUpState(dataDir, { version, pid, process: name, url, healthUrl, kubernetesUrl, token });
  context.tellParent?.({ ready: true });
  context.out(readyText({ url, kubeconfig, log: join(dataDir, 'endwell.log') }));
}

/** What stands on the terminal once everything runs. */
export function readyText({
  url,
  kubeconfig,
  log,
}: {
  url: string;
  kubeconfig: string;
  log: string;
}): string {
  return [
    'endwell is ready',
    `  HTTP API     ${url}/api/v1`,
    `  kubeconfig   ${kubeconfig}   (kubectl --kubeconfig ${kubeconfig} get runs)`,
    `  log          ${log}`,
    '  Containers run as commands on this host, with the rights of this user. Only this machine can connect.',
    '',
  ].join('\n');
}
