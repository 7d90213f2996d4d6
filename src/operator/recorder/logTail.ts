import { LOG_TAIL_BYTES } from '../../core/run/defaults.ts';

/** Keeps the last 64 KiB of what is pushed, in no more memory than twice that and one chunk. */
export class LogTail {
  #chunks: Uint8Array[] = [];
  #held = 0;
  #size = 0;

  /** All bytes that were pushed. */
  get size(): number {
    return this.#size;
  }

  push(bytes: Uint8Array): void {
    this.#size += bytes.length;
    const kept = bytes.subarray(Math.max(0, bytes.length - LOG_TAIL_BYTES));
    // A copy: a small part must not hold the large buffer that it was read into.
    this.#chunks.push(Uint8Array.from(kept));
    this.#held += kept.length;
    if (this.#held > 2 * LOG_TAIL_BYTES) this.#cut();
  }

  /** The last bytes, at most 64 KiB. */
  bytes(): Uint8Array {
    this.#cut();
    return this.#chunks[0] ?? new Uint8Array();
  }

  #cut(): void {
    if (this.#chunks.length <= 1 && this.#held <= LOG_TAIL_BYTES) return;
    const whole = Buffer.concat(this.#chunks);
    const kept = Uint8Array.from(whole.subarray(Math.max(0, whole.length - LOG_TAIL_BYTES)));
    this.#chunks = [kept];
    this.#held = kept.length;
  }
}
