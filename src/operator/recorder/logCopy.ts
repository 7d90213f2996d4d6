import { backoffDelay } from '../../kube/queue/backoff.ts';
import { type Clock, type Random, sleep } from '../../ports/clock.ts';
import { StoreRefused } from '../../store/errors.ts';
import type { LogKey, LogStore } from '../../store/types.ts';

/** Bytes that go to the store in one write. */
const PART_BYTES = 256 * 1024;
/** Bytes that came and fill no part are stored after so long: what a crash may lose of a log that its node loses too. */
const FLUSH_MS = 1_000;
/** Between two tries of a write. */
const BACKOFF = { baseMs: 500, capMs: 30_000 };

/** What copying a log needs. */
export interface LogCopyParts {
  readonly store: LogStore;
  readonly key: LogKey;
  readonly clock: Clock;
  readonly random: Random;
  readonly onTrouble: (error: unknown) => void;
}

/** Copies one log to the log store as it comes. While the store is away the reader waits: memory stays bounded. */
export class LogCopy {
  readonly #parts: LogCopyParts;
  #offset = 0;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #broken = false;
  #writing: Promise<void> | undefined;
  #timer: { cancel(): void } | undefined;

  constructor(parts: LogCopyParts) {
    this.#parts = parts;
  }

  /** How much an earlier follower has stored: so many bytes of the log need not be copied again. */
  async begin(): Promise<number> {
    this.#offset = (await this.#parts.store.size(this.#parts.key)) ?? 0;
    return this.#offset;
  }

  /** False once the store has refused a part: then it is not whole, and nothing more is copied. */
  isWhole(): boolean {
    return !this.#broken && this.#bytes === 0;
  }

  /** Takes the next bytes; resolves when there is room for more. */
  async write(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    if (this.#broken) return;
    this.#waiting.push(Uint8Array.from(bytes));
    this.#bytes += bytes.length;
    while (this.#bytes >= PART_BYTES && !this.#broken && !signal.aborted) await this.#flush(signal);
    if (this.#bytes > 0) this.#timer ??= this.#parts.clock.after(FLUSH_MS, () => void this.#flush(signal));
  }

  /** Stores what waits. */
  async close(signal: AbortSignal): Promise<void> {
    this.#timer?.cancel();
    while (this.#bytes > 0 && !this.#broken && !signal.aborted) await this.#flush(signal);
  }

  #flush(signal: AbortSignal): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#writing ??= this.#store(signal).finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #store(signal: AbortSignal): Promise<void> {
    const { store, key, clock, random, onTrouble } = this.#parts;
    for (let failures = 0; this.#bytes > 0 && !this.#broken && !signal.aborted; ) {
      const part = Buffer.concat(this.#waiting);
      try {
        this.#offset = await store.append(key, this.#offset, part);
        this.#drop(part.length);
        failures = 0;
      } catch (error) {
        onTrouble(error);
        if (error instanceof StoreRefused) this.#broken = true;
        failures += 1;
        await sleep(clock, backoffDelay(BACKOFF, failures, random), signal).catch(() => {});
      }
    }
  }

  #drop(length: number): void {
    const rest = Buffer.concat(this.#waiting).subarray(length);
    this.#waiting = rest.length > 0 ? [rest] : [];
    this.#bytes = rest.length;
  }
}
