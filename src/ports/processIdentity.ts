import { readFileSync } from 'node:fs';

/**
 * Names the process that has a number now: the number and, where the system tells, when it started, in ticks since the system
 * did. Another process that is given the number later, as after a restart, has another name. '' when there is none.
 */
export function processIdentity(pid: number): string {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return `${pid} ${line.slice(line.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return isAlive(pid) ? `${pid} ?` : '';
  }
}

function isAlive(pid: number): boolean {
  try {
    return Number.isInteger(pid) && pid > 0 && process.kill(pid, 0);
  } catch (error) {
    // A process of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
