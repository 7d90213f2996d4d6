import type { Clock } from '../../src/ports/clock.ts';

/**
 * One life of an operator's process: its own view of time, and whether it lives. A paused process gets nothing, be it a
 * timer or an answer, until it goes on; a dead one never again.
 */
export class SimProcess {
  readonly name: string;
  readonly clock: Clock;
  readonly #base: Clock;
  #state: 'running' | 'paused' | 'dead' = 'running';
  #wallOffset = 0;
  /** For so long it has stood still without noticing, ms. */
  #missedMs = 0;
  #resumeAt = 0;
  #suspendedAt: number | undefined;
  #waiting: (() => void)[] = [];

  constructor(name: string, base: Clock) {
    this.name = name;
    this.#base = base;
    this.clock = {
      now: () => base.now() + this.#wallOffset,
      monotonic: () => base.monotonic() - this.#missedMs,
      after: (ms, fn) => {
        let isCancelled = false;
        const due = base.monotonic() - this.#missedMs + ms;
        // Less than a millisecond is rounding, not time that it has missed.
        const fire = () => {
          const early = due - (base.monotonic() - this.#missedMs);
          if (isCancelled) return;
          if (early >= 1) timer = base.after(early, () => this.#when(fire));
          else fn();
        };
        let timer = base.after(ms, () => this.#when(fire));
        return {
          cancel() {
            isCancelled = true;
            timer.cancel();
          },
        };
      },
    };
  }

  isDead(): boolean {
    return this.#state === 'dead';
  }

  /** Stops it for `ms`, as SIGSTOP and SIGCONT do. */
  pause(ms: number): void {
    if (this.#state === 'dead') return;
    this.#state = 'paused';
    this.#resumeAt = Math.max(this.#resumeAt, this.#base.monotonic() + ms);
    this.#base.after(ms, () => this.#resume());
  }

  /** Stops it for `ms` without its knowing, as a virtual machine that is moved: its clocks go on where they stood. */
  suspend(ms: number): void {
    if (this.#state !== 'running') return;
    this.#suspendedAt = this.#base.monotonic();
    this.pause(ms);
  }

  kill(): void {
    this.#state = 'dead';
    this.#waiting = [];
  }

  /** Moves its wall clock by `ms`; may be negative. */
  shiftWall(ms: number): void {
    this.#wallOffset += ms;
  }

  /** Resolves as soon as it runs; never for a dead one. */
  running(): Promise<void> {
    return new Promise((resolve) => this.#when(resolve));
  }

  #when(fn: () => void): void {
    if (this.#state === 'running') fn();
    else if (this.#state === 'paused') this.#waiting.push(fn);
  }

  #resume(): void {
    if (this.#state !== 'paused' || this.#base.monotonic() < this.#resumeAt) return;
    this.#state = 'running';
    if (this.#suspendedAt !== undefined) {
      const missed = this.#base.monotonic() - this.#suspendedAt;
      this.#missedMs += missed;
      this.#wallOffset -= missed;
      this.#suspendedAt = undefined;
    }
    for (const fn of this.#waiting.splice(0)) fn();
  }
}
