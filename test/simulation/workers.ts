import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Answer, Order } from './worker.ts';
import { workFolder } from './workFolder.ts';

/** Processes that live through seeds. */
export interface Workers {
  /** SHA-256 of what they run, hex. */
  readonly program: string;
  /** Waits for one that is free. Rejects when it ends instead of answering. */
  live(order: Order): Promise<Answer>;
  stop(): Promise<void>;
}

/**
 * A seed makes much that is soon forgotten: with room for a whole one (MB) the collector has little to look at. Each core
 * has a worker of its own, from which threads of the collector would only take.
 */
const NODE_FLAGS = ['--min-semi-space-size=32', '--max-semi-space-size=64', '--single-threaded-gc'];

/** Within the packages' folder, where the file finds what it imports. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));

/**
 * Starts so many. They run the simulation as one plain file, made at the start: with modules that are translated one by
 * one, as test runners do, the same seed takes a third longer.
 */
export async function startWorkers(count: number): Promise<Workers> {
  const folder = await workFolder(CACHE);
  const file = join(folder, 'worker.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('worker.ts', import.meta.url))],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    logLevel: 'warning',
  });
  const program = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  const start = () => fork(file, { serialization: 'advanced', execArgv: NODE_FLAGS });
  const children = Array.from({ length: count }, start);
  const free = [...children];
  const waiting: ((child: ChildProcess) => void)[] = [];

  function take(): Promise<ChildProcess> {
    const child = free.pop();
    return child ? Promise.resolve(child) : new Promise((resolve) => waiting.push(resolve));
  }

  function giveBack(child: ChildProcess): void {
    const next = waiting.shift();
    if (next) next(child);
    else free.push(child);
  }

  return {
    program,
    async live(order) {
      const child = await take();
      try {
        return await ask(child, order);
      } finally {
        giveBack(child);
      }
    },
    async stop() {
      for (const child of children) child.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ask(child: ChildProcess, order: Order): Promise<Answer> {
  const ended = new AbortController();
  const died = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`a worker ended with ${code} in seeds ${order.from} to ${order.from + order.count - 1}`);
  });
  try {
    child.send(order);
    const [answer] = await Promise.race([once(child, 'message', { signal: ended.signal }), died]);
    return answer as Answer;
  } finally {
    died.catch(() => {});
    ended.abort();
  }
}
