import type { Clock, Timer } from '../../ports/clock.ts';

/** Keys that wait to be worked on. A key that is added again while it waits counts once; while it is worked on, it is worked on again. */
export interface WorkQueue<K> {
  add(key: K): void;
  /** Nothing more is begun; resolves when what is under way has ended. */
  stop(): Promise<void>;
}

export interface WorkQueueOptions<K> {
  readonly clock: Clock;
  /** One key's work. A rejection is told and the key tried again, later each time. */
  readonly work: (key: K) => Promise<void>;
  readonly onError: (key: K, error: unknown) => void;
}

/** So many keys at once: enough for their writes to share the disk's fsync. */
const AT_ONCE = 16;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 10_000;

/** A queue for controllers: event in, key on, state read when its turn comes. */
export function workQueue<K>({ clock, work, onError }: WorkQueueOptions<K>): WorkQueue<K> {
  const waiting = new Set<K>();
  const active = new Map<K, Promise<void>>();
  const failures = new Map<K, number>();
  const retries = new Set<Timer>();
  let stopped = false;

  function next(): void {
    for (const key of waiting) {
      if (stopped || active.size >= AT_ONCE) return;
      if (active.has(key)) continue;
      waiting.delete(key);
      active.set(key, run(key));
    }
  }

  async function run(key: K): Promise<void> {
    try {
      // What added the key may still be in the middle of its own work.
      await Promise.resolve();
      await work(key);
      failures.delete(key);
    } catch (error) {
      onError(key, error);
      retryLater(key);
    }
    active.delete(key);
    next();
  }

  function retryLater(key: K): void {
    const failed = failures.get(key) ?? 0;
    failures.set(key, failed + 1);
    const timer = clock.after(Math.min(FIRST_RETRY_MS * 2 ** failed, LAST_RETRY_MS), () => {
      retries.delete(timer);
      add(key);
    });
    retries.add(timer);
  }

  function add(key: K): void {
    if (stopped) return;
    waiting.add(key);
    next();
  }

  return {
    add,
    async stop() {
      stopped = true;
      for (const timer of retries) timer.cancel();
      await Promise.all(active.values());
    },
  };
}
