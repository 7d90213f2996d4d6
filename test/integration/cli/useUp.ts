import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { ROOT } from '../../support/documents.ts';

/** The built program. */
export const PROGRAM: string = join(ROOT, 'dist', 'endwell.js');

/** How a command ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** An `endwell up` of a test file's own, and commands against it. */
export interface UpUnderTest {
  /** A folder that is removed afterwards. */
  readonly folder: string;
  readonly data: string;
  /** Starts a command that the test ends. */
  start(args: readonly string[], program?: string): ChildProcess;
  /** Runs a command to its end. */
  cli(args: readonly string[], stdin?: string): Promise<Ended>;
  /** Submits a run of a shell script. */
  submit(name: string, script: string, ...flags: string[]): Promise<Ended>;
}

/** Collects what a command says until it has ended. */
export async function ended(child: ChildProcess, stdin = ''): Promise<Ended> {
  let [out, err] = ['', ''];
  child.stdout?.on('data', (chunk) => (out += chunk));
  child.stderr?.on('data', (chunk) => (err += chunk));
  child.stdin?.end(stdin);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

/** Starts `up` for the tests of a file and ends it after them. */
export function useUp(): UpUnderTest {
  const folder = mkdtempSync(join(tmpdir(), 'endwell-cli-'));
  const data = join(folder, 'data');
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder };
  const start = (args: readonly string[], program = PROGRAM) =>
    spawn(process.execPath, [program, ...args], { cwd: folder, env });
  const cli = (args: readonly string[], stdin = '') => {
    const at = args.indexOf('--');
    const [before, after] = at < 0 ? [args, []] : [args.slice(0, at), args.slice(at)];
    return ended(start([...before, '--data', data, ...after]), stdin);
  };
  beforeAll(async () => {
    const up = await ended(start(['up', '--data', data, '--port', '0', '--detach']));
    expect(up, up.err).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await ended(start(['down', '--data', data]));
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder,
    data,
    start,
    cli,
    submit: (name, script, ...flags) =>
      cli(['run', 'submit', '--name', name, '--image', 'busybox:1', ...flags, '--', '/bin/sh', '-c', script]),
  };
}
