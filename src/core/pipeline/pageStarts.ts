/**
 * Most bytes of a log in one page: 1 MiB less 64 KiB, so that a page with what stands around it fits into an answer of 1 MiB.
 * Whoever reads OpenMetadata's logs counts in these pages.
 */
export const PAGE_BYTES = 983_040;

/** How many bytes before a place in a text may belong to the character that stands across it. */
export const LOOK_BACK = 3;

/**
 * Where to cut a log at or just before `at`, an index of `bytes`, so that no UTF-8 character is cut in two: at most three
 * bytes earlier. Needs the byte at `at` and those three before it. Bytes that are no UTF-8 are cut where they stand.
 */
export function characterStart(bytes: Uint8Array, at: number): number {
  for (let back = 0; back <= LOOK_BACK && at - back >= 0; back += 1) {
    const byte = bytes[at - back] ?? 0;
    if (!isContinuation(byte)) return lengthOf(byte) > back ? at - back : at;
  }
  return at;
}

function isContinuation(byte: number): boolean {
  return (byte & 0b1100_0000) === 0b1000_0000;
}

/** Bytes of the character that a byte begins. */
function lengthOf(lead: number): number {
  if (lead >= 0b1111_0000) return 4;
  if (lead >= 0b1110_0000) return 3;
  return lead >= 0b1100_0000 ? 2 : 1;
}

/**
 * Finds where the pages of a log begin while its bytes pass: each page is as long as it may be, so that where the first ones
 * begin never changes when a log grows.
 */
export class PageStarts {
  readonly #starts: number[] = [0];
  #size = 0;
  #last = new Uint8Array();

  /** Takes the bytes that follow. */
  push(bytes: Uint8Array): void {
    const window = new Uint8Array(this.#last.length + bytes.length);
    window.set(this.#last);
    window.set(bytes, this.#last.length);
    const base = this.#size - this.#last.length;
    this.#size += bytes.length;
    for (let next = this.#next(); next < this.#size; next = this.#next()) {
      this.#starts.push(base + characterStart(window, next - base));
    }
    this.#last = window.slice(-LOOK_BACK);
  }

  /** Offsets of the first byte of each page, the first 0. */
  starts(): readonly number[] {
    return this.#starts;
  }

  /** Bytes that have passed. */
  size(): number {
    return this.#size;
  }

  #next(): number {
    return (this.#starts.at(-1) ?? 0) + PAGE_BYTES;
  }
}
