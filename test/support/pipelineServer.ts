import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EngineKind } from '../../src/actions/pipeline/kinds.ts';
import type { Account } from './account.ts';
import { eventually } from './eventually.ts';
import { freePorts } from './freePorts.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'dist', 'endwell.js');

/** Name of the image that stands for ingestion. */
export const INGESTION_IMAGE = 'endwell-test-ingestion:1';

/**
 * A `python` that does what `main.py` and `exit_handler.py` do, as far as the outside sees it. Main runs on where its
 * configuration asks for DEBUG; the handler writes to the log of its container, also where it is main's preStop hook.
 */
const PYTHON = `#!/bin/sh
case "$1" in
exit_handler.py) echo "handler $pipelineStatus $pipelineRunId $jobName" > /proc/1/fd/1 ;;
*)
  echo "$* $pipelineType $ingestionPipelineFQN $pipelineRunId"
  case "$config" in *DEBUG*) trap 'exit 143' TERM; sleep 600 & wait ;; esac
  ;;
esac
`;

/** Gives every node an image that stands for ingestion. */
export async function loadIngestionImage(): Promise<void> {
  const program = process.env['TESTCLUSTER'];
  if (program === undefined)
    throw new Error('giving nodes an image: set TESTCLUSTER to the command that loads images');
  const run = promisify(execFile);
  const folder = await mkdtemp(join(tmpdir(), 'endwell-image-'));
  try {
    await writeFile(join(folder, 'python'), PYTHON);
    // The folder becomes that of the image, where another user reads it.
    await chmod(folder, 0o755);
    await chmod(join(folder, 'python'), 0o755);
    const from = ['--from', 'testcluster/busybox:1', '--at', '/usr/local/bin'];
    const path = ['--env', 'PATH=/usr/local/bin:/usr/bin:/bin'];
    await run(program, ['image', INGESTION_IMAGE, folder, ...from, ...path]);
    await run(program, ['load-image', INGESTION_IMAGE]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `endwell server` for pipelines on one engine, as the process that it is, with the rights of an account. */
export interface PipelineServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts one and waits until it answers. */
export async function startPipelineServer(
  engine: EngineKind,
  account: Account,
  namespace: string,
): Promise<PipelineServer> {
  const [port = 0] = await freePorts(1);
  const flags = {
    host: '127.0.0.1',
    port,
    'health-host': '127.0.0.1',
    'health-port': 0,
    'log-level': 'warn',
  };
  const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  const env = {
    ...process.env,
    KUBECONFIG: account.kubeconfig,
    K8S_NAMESPACE: namespace,
    K8S_INGESTION_IMAGE: INGESTION_IMAGE,
    K8S_REQUESTS_CPU: '10m',
    K8S_REQUESTS_MEMORY: '16Mi',
    K8S_BACKOFF_LIMIT: '0',
    USE_OMJOB_OPERATOR: String(engine === 'guaranteed'),
  };
  const child = spawn(process.execPath, [PROGRAM, 'server', ...args], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  // A test run that dies leaves nothing running.
  const end = () => void child.kill('SIGKILL');
  process.once('exit', end);
  const url = `http://127.0.0.1:${port}`;
  await eventually(() => answers(child, url), `the server of the ${engine} engine to answer`);
  return {
    url,
    async stop() {
      process.off('exit', end);
      const ended = once(child, 'exit');
      if (child.exitCode === null && child.kill('SIGTERM')) await ended;
    },
  };
}

async function answers(child: ChildProcess, url: string): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
  return fetch(`${url}/api/v1/openapi.json`).then(
    ({ ok }) => ok,
    () => false,
  );
}
