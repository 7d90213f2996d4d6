import { onAbort } from '../../ports/onAbort.ts';
import type { Lane } from '../types.ts';

/**
 * How many requests of a lane are in flight at once. `lease` has its own connection and never queues in practice;
 * 16 creates or status writes keep a 2-core API server busy without filling its queues; `watch` (streams) is not limited.
 */
export const LANE_BUDGETS: Readonly<Record<Lane, number>> = {
  lease: 2,
  status: 16,
  create: 16,
  delete: 8,
  read: 16,
  watch: Number.POSITIVE_INFINITY,
};

/** Gives each lane its own slots, first come first served: no lane ever waits for another. */
export interface LaneBudgets {
  /** Resolves with the function that gives the slot back (safe to call twice). Rejects with the signal's reason. */
  acquire(lane: Lane, signal?: AbortSignal): Promise<() => void>;
}

/** Budgets of one client. */
export function laneBudgets(budgets: Readonly<Record<Lane, number>> = LANE_BUDGETS): LaneBudgets {
  const lanes = new Map<Lane, LaneSlots>();

  return {
    async acquire(lane, signal) {
      const slots = lanes.get(lane) ?? new LaneSlots(budgets[lane]);
      lanes.set(lane, slots);
      await slots.take(signal);
      let held = true;
      return () => {
        if (held) slots.giveBack();
        held = false;
      };
    },
  };
}

class LaneSlots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(size: number) {
    this.#free = size;
  }

  take(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const grant = () => {
        forget();
        resolve();
      };
      const forget = onAbort(signal, () => {
        this.#waiting.delete(grant);
        reject(signal?.reason as Error);
      });
      this.#waiting.add(grant);
    });
  }

  giveBack(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
