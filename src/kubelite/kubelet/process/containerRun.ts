import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Clock, Timer } from '../../../ports/clock.ts';
import type { Attempt, EndedAttempt, RunningAttempt } from '../life/attempt.ts';
import { reasonOfExit } from '../life/attempt.ts';
import { indexLog, type LogIndexer } from './logIndex.ts';
import { keepExit, type RunFolder, readRun, writeVerdict } from './runFolder.ts';
import { type SessionSweeper, signalSession } from './sessions.ts';
import { type ShimOrder, spawnShim } from './shim.ts';

/** One start of a container as this process follows it. */
export interface ContainerRun {
  readonly folder: RunFolder;
  attempt(): Attempt;
  /** Of the shim; also of its process group and session. */
  readonly pid: number;
  /** To every group of its session. Before KILL it is noted, so that the end is known even if this process dies in between. */
  signal(signal: 'TERM' | 'KILL'): void;
  /** Resolves when the run has ended, also after `detach`ed followers; never rejects. */
  readonly ended: Promise<void>;
  detach(): void;
}

/** What runs are followed with. */
export interface RunTools {
  readonly clock: Clock;
  readonly sweeper: SessionSweeper;
}

/** An adopted run is nobody's child: it is looked at this often. */
const LOOK_MS = 100;

/** Starts a run whose folder is ready. Throws when the system can't make the process; then nothing runs. */
export async function startRun(
  folder: RunFolder,
  order: Omit<ShimOrder, 'output' | 'folder'>,
  tools: RunTools,
  startedAt: number,
): Promise<ContainerRun> {
  const output = openSync(join(folder.path, 'log'), 'a');
  try {
    const child = spawnShim({ ...order, folder: folder.path, output });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    const running: RunningAttempt = { kind: 'running', number: folder.number, id: folder.id, startedAt };
    const follower = followRun(folder, child.pid ?? 0, running, tools);
    child.once('exit', (code, signal) => {
      follower.end(code ?? 128 + (constants.signals[signal ?? 'SIGKILL'] ?? 0));
    });
    child.unref();
    return follower.run;
  } finally {
    closeSync(output);
  }
}

/** Follows a run that an earlier process of this kubelet started. */
export function adoptRun(
  folder: RunFolder,
  pid: number,
  running: RunningAttempt,
  tools: RunTools,
): ContainerRun {
  const { clock } = tools;
  const follower = followRun(folder, pid, running, tools);
  let timer: Timer;
  const look = () => {
    const state = readRun(folder, clock.now());
    if (state.kind === 'ended') follower.end(undefined);
    else timer = clock.after(LOOK_MS, look);
  };
  timer = clock.after(LOOK_MS, look);
  return {
    ...follower.run,
    detach() {
      timer.cancel();
      follower.run.detach();
    },
  };
}

interface Follower {
  readonly run: ContainerRun;
  /** `code`: what the operating system says; the shim's own record goes before it. */
  end(code: number | undefined): void;
}

function followRun(
  folder: RunFolder,
  pid: number,
  running: RunningAttempt,
  { clock, sweeper }: RunTools,
): Follower {
  let attempt: Attempt = running;
  let finish: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const indexer: LogIndexer = indexLog(folder.path, clock);

  function end(code: number | undefined): void {
    if (code !== undefined) keepExit(folder, code);
    const state = readRun(folder, clock.now());
    const end = state.kind === 'ended' ? state.attempt : endByCode(running, code ?? 1, clock.now());
    attempt = end;
    indexer.close(end.finishedAt);
    sweeper.sweep(pid);
    finish();
  }

  const run: ContainerRun = {
    folder,
    pid,
    attempt: () => attempt,
    ended,
    signal(signal) {
      if (attempt.kind === 'ended') return;
      if (signal === 'KILL') noteKill(folder);
      signalSession(pid, `SIG${signal}`);
    },
    detach: () => indexer.close(undefined),
  };
  return { run, end };
}

/** A full disk must not keep a container alive. */
function noteKill(folder: RunFolder): void {
  try {
    writeVerdict(folder, { exitCode: 137, reason: 'Error' });
  } catch {
    // The end is then read from the operating system.
  }
}

function endByCode(running: RunningAttempt, exitCode: number, now: number): EndedAttempt {
  return {
    ...running,
    kind: 'ended',
    finishedAt: now,
    exitCode,
    reason: reasonOfExit(exitCode),
    message: undefined,
  };
}
