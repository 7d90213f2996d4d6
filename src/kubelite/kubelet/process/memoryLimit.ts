import type { Clock, Timer } from '../../../ports/clock.ts';
import { listProcesses } from './processTable.ts';

/** Watches the memory of sessions of processes. */
export interface MemoryWatch {
  /** Calls `onOver` once when the resident memory of the session's processes is above the limit. Returns the end. */
  limit(session: number, bytes: number, onOver: () => void): () => void;
}

/** Between two looks. Memory is polled, so a process can be over its limit for this long, and shared pages count twice. */
const LOOK_MS = 250;

/** One watch serves all containers: a look reads the whole process table once. It looks only while there are limits. */
export function memoryWatch(clock: Clock): MemoryWatch {
  const limits = new Map<number, { readonly bytes: number; readonly onOver: () => void }>();
  let timer: Timer | undefined;

  function look(): void {
    const used = new Map<number, number>();
    for (const { session, residentBytes } of listProcesses()) {
      if (limits.has(session)) used.set(session, (used.get(session) ?? 0) + residentBytes);
    }
    for (const [session, { bytes, onOver }] of Array.from(limits)) {
      if ((used.get(session) ?? 0) <= bytes) continue;
      limits.delete(session);
      onOver();
    }
    timer = limits.size > 0 ? clock.after(LOOK_MS, look) : undefined;
  }

  return {
    limit(session, bytes, onOver) {
      limits.set(session, { bytes, onOver });
      timer ??= clock.after(LOOK_MS, look);
      return () => void limits.delete(session);
    },
  };
}
