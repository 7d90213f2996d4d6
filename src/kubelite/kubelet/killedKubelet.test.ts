import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./testing/kubeletProcess.ts', import.meta.url));
const PODS = 12;
const KILLS = 4;

let folder: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubelet-killed-'));
  mkdirSync(join(folder, 'starts'));
});

afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Starts the process; `until` resolves with the first line that begins so, or undefined when it ended without. */
function begin(): { readonly until: (word: string) => Promise<string | undefined>; kill(): Promise<void> } {
  const started = spawn(process.execPath, ['--import', 'tsx', PROGRAM, folder, String(PODS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = started;
  let output = '';
  const exit = new Promise<void>((resolve) => {
    started.once('close', () => resolve());
  });
  const find = (word: string) =>
    output.split('\n').find((line) => line.startsWith(word) && output.includes(`${line}\n`));
  return {
    until: (word) =>
      new Promise((resolve) => {
        const look = () => find(word) !== undefined && resolve(find(word));
        started.stdout.on('data', (chunk: Buffer) => {
          output += chunk.toString();
          look();
        });
        void exit.then(() => resolve(find(word)));
      }),
    async kill() {
      started.kill('SIGKILL');
      await exit;
    },
  };
}

/** Starts that containers noted themselves, by pod. */
function starts(): number[] {
  return Array.from({ length: PODS }, (_, index) => {
    const path = join(folder, 'starts', `p${index}`);
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').length : 0;
  });
}

describe('a kubelet that is killed', () => {
  it('knows the true end of every container afterwards, and has started none twice', async () => {
    for (let kill = 0; kill < KILLS; kill++) {
      const process = begin();
      // Each time it is killed at another moment: before, while and after pods are started.
      const noticed = kill === 0 ? starts().length > 0 : process.until('begun');
      await noticed;
      while (kill === 0 && starts().every((count) => count === 0)) {
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
      await process.kill();
    }
    const ended = await begin().until('ended');
    const ends = JSON.parse(ended?.slice('ended '.length) ?? '[]') as unknown;
    expect(ends).toEqual(
      Array.from({ length: PODS }, (_, index) => [index, index === 0 ? 'Completed' : 'Error']),
    );
    expect(starts()).toEqual(Array.from({ length: PODS }, () => 1));
  }, 60_000);
});
