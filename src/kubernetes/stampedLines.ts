/** Where a followed log stands: enough to go on behind the last byte after a break, and nothing twice. */
export interface LogPlace {
  /** Stamp of the last line that was seen, as the kubelet wrote it; undefined before the first. */
  readonly stamp: string | undefined;
  /** Lines seen that carry this stamp, the last one included. */
  readonly lines: number;
  /** Bytes seen of the last line; undefined: it had ended. */
  readonly partial: number | undefined;
}

/** Longest stamp: RFC 3339 with nanoseconds and an offset has 35 characters. */
const LONGEST_STAMP = 40;
const LINE_FEED = 0x0a;
const SPACE = 0x20;

/**
 * Takes the stamps off a log that was asked for with `timestamps`, and leaves out what an earlier stream has shown. Lines
 * of any length pass in constant memory.
 */
export class StampedLines {
  readonly #from: LogPlace;
  #stamp: string | undefined;
  #lines = 0;
  #foundPlace: boolean;
  #missedPlace = false;
  /** Undefined between two lines, while a stamp is being read. */
  #line: { drop: number; length: number } | undefined;
  #head: number[] = [];

  /** @param from where the stream before this one stood */
  constructor(from: LogPlace = { stamp: undefined, lines: 0, partial: undefined }) {
    this.#from = from;
    this.#stamp = from.stamp;
    this.#foundPlace = from.stamp === undefined;
  }

  /** The new bytes of a chunk, without stamps. */
  take(chunk: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#line === undefined) {
        at = this.#readHeadAt(chunk, at);
        continue;
      }
      const feed = chunk.indexOf(LINE_FEED, at);
      const next = feed < 0 ? chunk.length : feed + 1;
      parts.push(this.#new(this.#line, chunk.subarray(at, next)));
      if (feed >= 0) this.#line = undefined;
      at = next;
    }
    return Buffer.concat(parts);
  }

  /** Where this stream stands now. */
  place(): LogPlace {
    if (this.#stamp === this.#from.stamp && this.#lines < this.#from.lines) return this.#from;
    const partial = this.#line?.length;
    const isSame = this.#stamp === this.#from.stamp && this.#lines === this.#from.lines;
    if (!isSame || partial === undefined) return { stamp: this.#stamp, lines: this.#lines, partial };
    // Broken again within the line that was broken before: what was seen of it earlier may be more.
    const { partial: before } = this.#from;
    return before === undefined ? this.#from : { ...this.#from, partial: Math.max(partial, before) };
  }

  /** Whether the log went on without the line that the place names: it was rotated, and something in between may be lost. */
  hasGap(): boolean {
    return this.#missedPlace;
  }

  /** Reads a stamp, or what of it stands in this chunk; returns where it ended. */
  #readHeadAt(chunk: Uint8Array, at: number): number {
    const space = this.#head.length === 0 ? chunk.indexOf(SPACE, at) : -1;
    if (space < 0 || space - at > LONGEST_STAMP) {
      this.#readHead(chunk[at] ?? 0);
      return at + 1;
    }
    this.#begin(String.fromCharCode(...chunk.subarray(at, space)));
    return space + 1;
  }

  #readHead(byte: number): void {
    this.#head.push(byte);
    if (byte !== SPACE && this.#head.length <= LONGEST_STAMP) return;
    this.#begin(String.fromCharCode(...this.#head.slice(0, -1)));
    this.#head = [];
  }

  #begin(stamp: string): void {
    const { stamp: last, lines, partial } = this.#from;
    const order = last === undefined ? 1 : compareStamps(stamp, last);
    if (order < 0) {
      this.#line = { drop: Number.POSITIVE_INFINITY, length: 0 };
      return;
    }
    if (order === 0) this.#foundPlace = true;
    if (!this.#foundPlace) this.#missedPlace = true;
    this.#lines = stamp === this.#stamp ? this.#lines + 1 : 1;
    this.#stamp = stamp;
    const isSeen = order === 0 && this.#lines <= lines;
    const isBroken = isSeen && this.#lines === lines && partial !== undefined;
    const dropSeen = isSeen ? Number.POSITIVE_INFINITY : 0;
    this.#line = { drop: isBroken ? partial : dropSeen, length: 0 };
  }

  #new(line: { drop: number; length: number }, bytes: Uint8Array): Uint8Array {
    const skipped = Math.min(bytes.length, Math.max(0, line.drop - line.length));
    line.length += bytes.length;
    return bytes.subarray(skipped);
  }
}

/** Below 0 when `a` is earlier. Stamps of one node have one offset; the number of decimals may differ. */
function compareStamps(a: string, b: string): number {
  // Of one length they sort as they are: no line of a long log should cost more than that.
  const [x, y] = a.length === b.length ? [a, b] : [sortable(a), sortable(b)];
  if (x === y) return 0;
  return x < y ? -1 : 1;
}

function sortable(stamp: string): string {
  const [, seconds = '', fraction = ''] = /^([^.,Z+]*)(?:[.,](\d+))?/.exec(stamp) ?? [];
  return `${seconds}.${fraction.padEnd(9, '0')}`;
}
