import type { Lane } from '../../types.ts';

/** Requests of a lane beyond its limit wait, first come first served. */
export class FakeLanes {
  readonly #running = new Map<Lane, number>();
  readonly #waiting = new Map<Lane, (() => void)[]>();

  async within<A>(lane: Lane, limit = Number.POSITIVE_INFINITY, work: () => Promise<A>): Promise<A> {
    while ((this.#running.get(lane) ?? 0) >= limit) await this.#turn(lane);
    this.#running.set(lane, (this.#running.get(lane) ?? 0) + 1);
    try {
      return await work();
    } finally {
      this.#running.set(lane, (this.#running.get(lane) ?? 1) - 1);
      this.#waiting.get(lane)?.shift()?.();
    }
  }

  #turn(lane: Lane): Promise<void> {
    const waiting = this.#waiting.get(lane) ?? [];
    this.#waiting.set(lane, waiting);
    return new Promise((resolve) => waiting.push(resolve));
  }
}
