import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError } from './benchError.ts';

/** How long a process may take to end after it was asked to; then it is killed. */
const PATIENCE_MS = 10_000;

/** The processes of a bench, by name. Their output is in `logs/NAME.log` of its folder. */
export interface Processes {
  /** Starts one. Refuses (throws) a name that runs already. */
  start(name: string, program: string, args: readonly string[], env?: NodeJS.ProcessEnv): void;
  /** Asks one to end and waits until it has; nothing happens when there is none. */
  end(name: string): Promise<void>;
  /** Ids of those that run. */
  pids(): ReadonlyMap<string, number>;
  /** Throws, with the end of its log, when it does not run. */
  assertRunning(name: string): void;
  /** Kills all that still runs and removes the folder. */
  close(): Promise<void>;
}

/** Keeps processes whose files are below `folder`. They end with this process, however it ends: see keep.sh. */
export function keepProcesses(folder: string): Processes {
  const logs = join(folder, 'logs');
  mkdirSync(logs, { recursive: true });
  const keeper = spawn('/bin/sh', [join(import.meta.dirname, 'keep.sh'), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // A session of its own: Ctrl-C in the terminal must not reach it.
    detached: true,
  });
  const running = new Map<string, ChildProcess>();
  const pathOf = (name: string) => join(logs, `${name}.log`);
  return {
    start(name, program, args, env = {}) {
      if (running.has(name)) throw new BenchError(`starting ${name}: it runs already`);
      const log = openSync(pathOf(name), 'a');
      const options = { env: { ...process.env, ...env }, detached: true } as const;
      const child = spawn(program, args, { ...options, stdio: ['ignore', log, log] });
      running.set(name, child);
      keeper.stdin.write(`+${child.pid}\n`);
      child.once('error', () => running.delete(name));
      child.once('exit', () => {
        if (running.get(name) === child) running.delete(name);
        keeper.stdin.write(`-${child.pid}\n`);
      });
    },
    async end(name) {
      const child = running.get(name);
      if (child === undefined) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      await ended;
      clearTimeout(timer);
    },
    pids: () => new Map([...running].map(([name, { pid }]) => [name, pid ?? 0])),
    assertRunning(name) {
      if (running.has(name)) return;
      throw new BenchError(`running ${name}: it has ended. The end of its log:\n${endOf(pathOf(name))}`);
    },
    close: () => closeKeeper(keeper),
  };
}

function closeKeeper(keeper: ChildProcess): Promise<void> {
  if (keeper.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    keeper.once('exit', () => resolve());
    keeper.stdin?.end();
  });
}

function endOf(path: string): string {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
}
