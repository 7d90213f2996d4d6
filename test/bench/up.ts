import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { KubeClient } from '../../src/kube/types.ts';
import { clientOf } from '../support/cluster.ts';

/** The built program. */
export const PROGRAM = join(import.meta.dirname, '..', '..', 'dist', 'endwell.js');

/** `endwell up` in a process of its own. */
export interface Up {
  readonly url: string;
  readonly token: string;
  readonly client: KubeClient;
  /** ms from its start to the line that says it is ready. */
  readonly readyMs: number;
  /** Resident memory of the process, in bytes. */
  rss(): number;
  stop(): Promise<void>;
}

/** A folder for `up`; `remove` takes it away. */
export function dataFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'endwell-bench-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  return { data: join(folder, 'data'), remove };
}

/** Starts it, with further variables, and waits until it says that it is ready. */
export async function startUpProcess(
  data: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Up> {
  const start = performance.now();
  const child = spawn(process.execPath, [PROGRAM, 'up', '--data', data, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...variables },
  });
  // A bench that fails leaves nothing running.
  const end = () => void child.kill('SIGKILL');
  process.once('exit', end);
  const url = await readyUrl(child);
  const readyMs = performance.now() - start;
  const kubeconfig = join(data, 'kubeconfig');
  const { users } = parse(readFileSync(kubeconfig, 'utf8')) as { users: [{ user: { token: string } }] };
  const { token } = users[0].user;
  const client = await clientOf(kubeconfig);
  return {
    url,
    token,
    client,
    readyMs,
    rss: () =>
      Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' })) * 1024,
    async stop() {
      await client.close();
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      process.off('exit', end);
    },
  };
}

function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk) => {
      text += chunk;
      const url = /https?:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
      if (url !== undefined && /ready/i.test(text)) resolve(url);
    });
    child.once('exit', (code) => reject(new Error(`endwell up ended with ${code}: ${text}`)));
  });
}
