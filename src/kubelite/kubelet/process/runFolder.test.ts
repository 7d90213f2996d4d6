import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRun, OOM_REASON, type RunFolder, readRun, writeVerdict } from './runFolder.ts';

let folder: string;
let run: RunFolder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-folder-'));
  run = { path: join(folder, '0-0'), number: 0, id: 'process://u/main/0-0' };
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(run.path, name), text);
const end = () => {
  const state = readRun(run, 9_000);
  return state.kind === 'ended' ? [state.attempt.exitCode, state.attempt.reason] : state.kind;
};

describe('readRun', () => {
  it('says never of a run that nothing was meant to start', () => {
    expect(end()).toBe('never');
  });

  it('fences a run that was meant to start and has not: a shim that comes late finds its claim taken', () => {
    createRun(run, 1_000);
    expect(end()).toBe('never');
    expect(() => writeFileSync(join(run.path, 'started'), 'x', { flag: 'wx' })).toThrow('EEXIST');
    expect(end()).toBe('never');
  });

  it('reads the exit code that the shim kept', () => {
    createRun(run, 1_000);
    write('started', '99999999 \n');
    write('exit', '3\n');
    expect(end()).toEqual([3, 'Error']);
  });

  it('ends no run before it ended: the time of a file may lie a tick of the kernel before its write', () => {
    createRun(run, 1_000);
    write('started', '99999999 \n');
    write('exit', '143\n');
    const lastTick = 2_000;
    utimesSync(join(run.path, 'exit'), lastTick / 1_000, lastTick / 1_000);
    const endedAt = (now: number) => {
      const state = readRun(run, now);
      return state.kind === 'ended' ? state.attempt.finishedAt : state.kind;
    };
    expect(endedAt(9_000)).toBe(lastTick + 10);
    expect(endedAt(lastTick + 3)).toBe(lastTick + 3);
  });

  it('does not take a torn exit code for one', () => {
    createRun(run, 1_000);
    write('started', '99999999 \n');
    write('exit', '1');
    expect(end()).toEqual([137, 'ContainerStatusUnknown']);
  });

  it('knows that a kubelet killed it, but believes an exit code more, save for a lack of memory', () => {
    createRun(run, 1_000);
    write('started', '99999999 \n');
    writeVerdict(run, { exitCode: 137, reason: 'Error' });
    expect(end()).toEqual([137, 'Error']);
    write('exit', '0\n');
    expect(end()).toEqual([0, 'Completed']);
    writeVerdict(run, { exitCode: 137, reason: OOM_REASON });
    expect(end()).toEqual([137, OOM_REASON]);
  });

  it('does not take another process of the same pid for the container', () => {
    createRun(run, 1_000);
    const rest = 'S 1 20 30 0 -1 4194304 97 0 0 0 0 0 0 0 20 0 1 0 1 3133440 359 0';
    write('started', `${process.pid} ${process.pid} (sh) ${rest}\n`);
    expect(end()).toEqual([137, 'ContainerStatusUnknown']);
  });
});
