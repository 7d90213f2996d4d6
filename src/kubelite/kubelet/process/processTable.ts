import { readdirSync, readFileSync } from 'node:fs';

/** One process of this machine. */
export interface ProcessFacts {
  readonly pid: number;
  readonly group: number;
  readonly session: number;
  /** Opaque; with the pid it names a process for as long as the machine isn't rebooted. */
  readonly startTime: string;
  readonly residentBytes: number;
  /** It has ended and waits to be collected. */
  readonly zombie: boolean;
}

/** Linux counts resident memory in pages of this size on all platforms that Node has builds for, arm64 kernels with 64 KiB apart. */
const PAGE_BYTES = 4096;

/** True where processes can be looked at: without /proc there is no memory limit and no re-adoption by start time. */
export function hasProcessTable(): boolean {
  return readProcess(process.pid) !== undefined;
}

/** One process; undefined when there is none of this pid. */
export function readProcess(pid: number): ProcessFacts | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return undefined;
  }
}

/** All processes that can be seen. Takes about 10 µs for each. */
export function listProcesses(): readonly ProcessFacts[] {
  const all: ProcessFacts[] = [];
  for (const entry of readdirSync('/proc')) {
    const facts = /^\d+$/.test(entry) ? readProcess(Number(entry)) : undefined;
    if (facts) all.push(facts);
  }
  return all;
}

/** A line of /proc/PID/stat (man 5 proc); the name in brackets may hold anything. */
export function parseStat(line: string): ProcessFacts | undefined {
  const close = line.lastIndexOf(')');
  const pid = Number.parseInt(line, 10);
  const fields = line.slice(close + 2).split(' ');
  const startTime = fields[19];
  if (close < 0 || !Number.isInteger(pid) || startTime === undefined) return undefined;
  return {
    pid,
    group: Number(fields[2]),
    session: Number(fields[3]),
    startTime,
    residentBytes: Number(fields[21]) * PAGE_BYTES,
    zombie: fields[0] === 'Z' || fields[0] === 'X',
  };
}

/** Names this boot of the machine; '' where it can't be told. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}

/** Sends a signal to a whole process group. False when there is no such group. */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}
