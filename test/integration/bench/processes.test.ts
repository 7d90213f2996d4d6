import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { keepProcesses } from '../../bench/peers/processes.ts';
import { ROOT } from '../../support/documents.ts';
import { eventually } from '../../support/eventually.ts';

function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'endwell-keep-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Another process that keeps two; the second does not end when it is asked to. */
async function keeperOfTwo(folder: string) {
  const script = `
    import { keepProcesses } from ${JSON.stringify(pathToFileURL(join(ROOT, 'test/bench/peers/processes.ts')))};
    const kept = keepProcesses(${JSON.stringify(folder)});
    kept.start('one', 'sleep', ['600']);
    kept.start('two', 'sh', ['-c', 'trap "" TERM; while :; do sleep 1; done']);
    console.log(JSON.stringify([...kept.pids().values()]));
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  await eventually(() => output.endsWith(']\n'), 'its processes');
  return { child, pids: JSON.parse(output) as number[] };
}

describe('keepProcesses', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'leaves no process and no file when the bench is ended by %s in the middle',
    async (signal) => {
      const folder = ownFolder();
      const { child, pids } = await keeperOfTwo(folder);
      expect(pids.map(isAlive)).toEqual([true, true]);
      child.kill(signal);
      await eventually(() => !pids.some(isAlive), 'the end of all that it had started');
      await eventually(() => !existsSync(folder), 'the end of its folder');
    },
  );

  it('ends one that was asked to, and says with the end of its log when one has ended by itself', async () => {
    const kept = keepProcesses(ownFolder());
    onTestFinished(() => kept.close());
    kept.start('short', 'sh', ['-c', 'echo no port is free; exit 1']);
    kept.start('long', 'sleep', ['600']);
    const pid = kept.pids().get('long') ?? 0;
    await eventually(() => !kept.pids().has('short'), 'the end of the short one');
    expect(() => kept.assertRunning('short')).toThrow(
      'running short: it has ended. The end of its log:\nno port is free',
    );
    await kept.end('long');
    expect(isAlive(pid)).toBe(false);
  });
});
