import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Linux counts CPU time for /proc in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** CPU seconds by process; `client` is this process, `others` what ran on the machine besides, its kernel included. */
export type CpuSeconds = Readonly<Record<string, number>>;

/** CPU seconds since the start of each process. */
export function cpuSeconds(pids: ReadonlyMap<string, number>): CpuSeconds {
  const seconds: Record<string, number> = {};
  for (const [name, pid] of pids) if (existsSync(`/proc/${pid}`)) seconds[name] = cpuOf(pid);
  const own = process.cpuUsage();
  seconds['client'] = (own.user + own.system) / 1e6;
  seconds['others'] = busySeconds() - sum(Object.values(seconds));
  return seconds;
}

/** What was used between two readings. A process that was not there before counts from its start. */
export function used(before: CpuSeconds, after: CpuSeconds): CpuSeconds {
  return Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]),
  );
}

/** Share (0 to 1) of all cores that ran something else than the bench in so many seconds. */
export function shareOfOthers(cpu: CpuSeconds, seconds: number): number {
  return Math.max(0, cpu['others'] ?? 0) / (seconds * availableParallelism());
}

/** CPU seconds of everything that belongs to the bench, the client too. */
export function stackSeconds(cpu: CpuSeconds): number {
  const { others: _others, ...own } = cpu;
  return sum(Object.values(own));
}

/** Resident memory in MiB by process. */
export function rssMiB(pids: ReadonlyMap<string, number>): Record<string, number> {
  const sizes: Record<string, number> = {};
  for (const [name, pid] of pids) {
    if (!existsSync(`/proc/${pid}`)) continue;
    const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    sizes[name] = Number(kib ?? 0) / 1024;
  }
  return sizes;
}

/** utime and stime are the fields 14 and 15; the name before them may hold spaces. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** user, nice, system, irq and softirq of the whole machine. */
function busySeconds(): number {
  const fields = /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]?.split(' ').map(Number) ?? [];
  return sum([0, 1, 2, 5, 6].map((index) => fields[index] ?? 0)) / TICKS_PER_SECOND;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
