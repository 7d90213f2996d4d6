import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EndedAttempt, type RunningAttempt, reasonOfExit, unknownEnd } from '../life/attempt.ts';
import { bootId, hasProcessTable, readProcess } from './processTable.ts';

/** The files of one start of a container. Whatever process looks at them comes to the same conclusion. */
export interface RunFolder {
  readonly path: string;
  readonly number: number;
  /** `process://<pod uid>/<container>/<run>`. */
  readonly id: string;
}

/** Written before anything is started. */
interface Intent {
  readonly at: number;
  readonly bootId: string;
}

/** How a kubelet ended a run, or why it couldn't start it; written before it acts. */
export interface Verdict {
  readonly exitCode: number;
  readonly reason: string;
  readonly message?: string;
}

/** What the files of a run say. `never`: it did not start and never will. */
export type RunState =
  | { readonly kind: 'never' }
  | { readonly kind: 'running'; readonly pid: number; readonly attempt: RunningAttempt }
  | { readonly kind: 'ended'; readonly attempt: EndedAttempt };

/** A verdict of this reason stands whatever exit code the killed process left. */
export const OOM_REASON = 'OOMKilled';
/** What a kubelet writes in the place of a shim's claim, so that a shim that comes late starts nothing. */
const FENCE = 'fenced\n';
/** A shim that was killed between creating its claim and writing it leaves an empty one; others have written long before. */
const CLAIM_LOOKS = 50;
const CLAIM_LOOK_MS = 2;
/**
 * How far a file's time may lie before the moment of its write: the kernel stamps files with the time of its last tick, and
 * its slowest ticks are 10 ms apart (CONFIG_HZ=100). Without it a container that dies at once of being stopped could seem to
 * have ended in the second before it was asked to.
 */
const FILE_TIME_LAG_MS = 10;

/** Makes the folder and says in it that the run is about to start. */
export function createRun(run: RunFolder, now: number): void {
  mkdirSync(run.path, { recursive: true });
  const intent: Intent = { at: now, bootId: bootId() };
  writeWhole(join(run.path, 'intent.json'), JSON.stringify(intent));
}

/** Keeps how a run was ended by the kubelet. */
export function writeVerdict(run: RunFolder, verdict: Verdict): void {
  writeWhole(join(run.path, 'verdict.json'), JSON.stringify(verdict));
}

/** Keeps an exit code that the shim could not keep itself, because it was killed or the disk is full. */
export function keepExit(run: RunFolder, exitCode: number): void {
  try {
    writeFileSync(join(run.path, 'exit'), `${exitCode}\n`, { flag: 'wx' });
  } catch {
    // It is there already, or can't be written: then the API's status is the only record.
  }
}

/** How the run stands. A run that was meant to start and didn't is fenced: it never will. `now` stamps an end nobody saw. */
export function readRun(run: RunFolder, now: number): RunState {
  const intent = readJson(join(run.path, 'intent.json')) as Intent | undefined;
  if (!intent) return { kind: 'never' };
  const verdict = readJson(join(run.path, 'verdict.json')) as Verdict | undefined;
  const began = { number: run.number, id: run.id, startedAt: intent.at };
  const ended = readEnd(run, began, verdict, now);
  if (ended) return { kind: 'ended', attempt: ended };
  const claim = readClaim(run);
  if (claim === FENCE) return verdict ? byVerdict(began, verdict, now) : { kind: 'never' };
  const pid = Number.parseInt(claim, 10);
  if (intent.bootId === bootId() && isAlive(pid, claim)) {
    return { kind: 'running', pid, attempt: { kind: 'running', ...began } };
  }
  // The process may have ended between the two looks.
  const late = readEnd(run, began, verdict, now);
  if (late) return { kind: 'ended', attempt: late };
  return verdict ? byVerdict(began, verdict, now) : { kind: 'ended', attempt: unknownEnd(began, now) };
}

/** True when the run has a log to show. Unlike `readRun` this changes nothing, so it may be asked while the run is starting. */
export function hasLog(run: RunFolder): boolean {
  return timeOf(join(run.path, 'log')) !== undefined && readText(join(run.path, 'started')) !== FENCE;
}

/** The end that the shim wrote; undefined while there is none. It is never in the future: a restart would wait for it. */
function readEnd(
  run: RunFolder,
  began: Omit<RunningAttempt, 'kind'>,
  verdict: Verdict | undefined,
  now: number,
): EndedAttempt | undefined {
  const path = join(run.path, 'exit');
  const text = readText(path);
  if (!text?.endsWith('\n')) return undefined;
  const exitCode = Number.parseInt(text, 10);
  const finishedAt = Math.max(Math.min((timeOf(path) ?? 0) + FILE_TIME_LAG_MS, now), began.startedAt);
  const end = verdict?.reason === OOM_REASON ? verdict : { exitCode, reason: reasonOfExit(exitCode) };
  return { kind: 'ended', ...began, finishedAt, message: undefined, ...end };
}

function byVerdict(began: Omit<RunningAttempt, 'kind'>, verdict: Verdict, now: number): RunState {
  const { exitCode, reason, message } = verdict;
  return { kind: 'ended', attempt: { kind: 'ended', ...began, finishedAt: now, exitCode, reason, message } };
}

/** The shim's claim; where there is none, it is taken, so that there will be none. */
function readClaim(run: RunFolder): string {
  const path = join(run.path, 'started');
  try {
    writeFileSync(path, FENCE, { flag: 'wx' });
    return FENCE;
  } catch {
    let text = '';
    for (let look = 0; look < CLAIM_LOOKS; look++) {
      text = readText(path) ?? '';
      if (text.endsWith('\n')) break;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, CLAIM_LOOK_MS);
    }
    return text;
  }
}

/** True when the process that wrote this claim still runs. */
function isAlive(pid: number, claim: string): boolean {
  if (!hasProcessTable()) return isSignalable(pid);
  const facts = readProcess(pid);
  if (!facts || facts.zombie) return false;
  const claimed = claim.slice(claim.indexOf(' ') + 1);
  return claimed.slice(claimed.lastIndexOf(')') + 2).split(' ')[19] === facts.startTime;
}

/** Where there is no process table the pid alone has to do. */
function isSignalable(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A file that is there whole or not at all. */
function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

function readJson(path: string): unknown {
  const text = readText(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function timeOf(path: string): number | undefined {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}
