import type { Clock } from '../../../ports/clock.ts';
import { listProcesses, signalGroup } from './processTable.ts';

/** Kills what ended containers leave behind. */
export interface SessionSweeper {
  /** The container whose shim led this session has ended. */
  sweep(session: number): void;
}

/** Sessions that end within this are swept together: a sweep reads the whole process table. */
const TOGETHER_MS = 50;

/**
 * Signals every process group of a session: a shell with job control or `timeout` puts its children into groups of their own.
 * A process that made a session of its own has left its container and isn't reached.
 */
export function signalSession(session: number, signal: NodeJS.Signals): void {
  signalGroup(session, signal);
  for (const group of groupsOf(new Set([session]))) if (group !== session) signalGroup(group, signal);
}

/** A shim kills its own group at the end; other groups of its session are killed a moment later. */
export function sessionSweeper(clock: Clock): SessionSweeper {
  let waiting = new Set<number>();
  return {
    sweep(session) {
      waiting.add(session);
      if (waiting.size > 1) return;
      clock.after(TOGETHER_MS, () => {
        const ended = waiting;
        waiting = new Set();
        for (const group of groupsOf(ended)) signalGroup(group, 'SIGKILL');
      });
    },
  };
}

/** Groups of these sessions. */
function groupsOf(sessions: ReadonlySet<number>): ReadonlySet<number> {
  const processes = safeList().filter(({ session, zombie }) => sessions.has(session) && !zombie);
  return new Set(processes.map(({ group }) => group));
}

/** Without a process table there is only the shim's own group. */
function safeList(): ReturnType<typeof listProcesses> {
  try {
    return listProcesses();
  } catch {
    return [];
  }
}
