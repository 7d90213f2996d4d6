import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { PROGRAM } from './up.ts';

/** Long enough for what was needed before to be collected. */
const SETTLE_MS = 10_000;
const LOOK_AGAIN_MS = 1_000;
/** A quiet machine needs about a minute for the longest wait. */
const MAX_LOOKS = 600;

/** `endwell operator` in a process of its own. */
export interface OperatorProcess {
  /** Resolves once a line of its metrics matches. */
  says(line: RegExp): Promise<void>;
  /** Resident memory in bytes, once it has settled. */
  rss(): Promise<number>;
  /** Seconds of CPU that it took so far. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

/** Resolves after so many ms. */
export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts it on a cluster. */
export function startOperatorProcess(kubeconfig: string): OperatorProcess {
  const args = ['operator', '--kubeconfig', kubeconfig, '--health-host', '127.0.0.1', '--health-port', '0'];
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  // A bench that fails leaves nothing running.
  const end = () => void child.kill('SIGKILL');
  process.once('exit', end);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      if (said.length < 10_000) said += chunk;
    });
  const metrics = async () => {
    const address = /127\.0\.0\.1:\d+/.exec(said)?.[0];
    if (address === undefined) return '';
    // A connection that was kept may be closed at the moment at which it is used again.
    const answer = await fetch(`http://${address}/metrics`, { headers: { connection: 'close' } });
    return answer.text();
  };
  return {
    async says(line) {
      for (let looks = 0; !line.test(await metrics()); looks += 1) {
        if (looks >= MAX_LOOKS) throw new Error(`waiting for the metric ${line}: it did not come to that`);
        await pause(LOOK_AGAIN_MS);
      }
    },
    async rss() {
      await pause(SETTLE_MS);
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
    },
    cpuSeconds() {
      // Behind the name, which may hold anything: utime and stime are fields 14 and 15.
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond();
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      process.off('exit', end);
    },
  };
}

function ticksPerSecond(): number {
  return Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
}
